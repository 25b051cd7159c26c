"""The schema is brought up to date by migrations, which ship with the package."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

__all__ = ["MigrationError", "heads", "known_revisions", "upgrade", "upgrade_inside"]


class MigrationError(Exception):
    """The database was written by a newer version of the program."""


def upgrade(engine: Engine, to: str = "heads") -> None:
    """Bring the schema up to `to`; does nothing where it is there. One transaction, so a kill leaves the old schema.

    Raises
    ------
    MigrationError
        If the database knows a revision that this program does not.
    """
    with engine.begin() as connection:
        upgrade_inside(connection, to)


def upgrade_inside(connection: Connection, to: str = "heads") -> None:
    """Bring the schema up to `to` within a transaction that is already open.

    Raises
    ------
    MigrationError
        If the database knows a revision that this program does not.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each opening of a database is no news
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise MigrationError(
            f"the database was written by a newer TherapyArc ({error}). Use that version; nothing was changed."
        ) from error


def known_revisions() -> frozenset[str]:
    """Return the names of all schemas that this program knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def heads() -> frozenset[str]:
    """Return the names of the newest schema, one for each of its branches."""
    return frozenset(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
