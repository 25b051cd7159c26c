"""The schema is brought up to date by migrations, which ship with the package."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

__all__ = ["MigrationError", "upgrade"]


class MigrationError(Exception):
    """The database was written by a newer version of the program."""


def upgrade(engine: Engine, to: str = "heads") -> None:
    """Bring the schema up to `to`; does nothing where it is there. One transaction, so a kill leaves the old schema.

    Raises
    ------
    MigrationError
        If the database knows a revision that this program does not.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each opening of a database is no news
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise MigrationError(
                f"the database was written by a newer TherapyArc ({error}). Use that version; nothing was changed."
            ) from error
