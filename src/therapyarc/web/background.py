"""The background form: which fields there are, and how it is shown and kept. Shared by the roles that have one."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from sqlalchemy import Connection
from starlette.responses import Response

from therapyarc.web.answers import Answer, ConflictError, LockedError, Save, answer_of, finish_part, save
from therapyarc.web.tokens import new_id
from therapyarc.web.visit import Visit

__all__ = ["Field", "background_fields", "keep_background", "show_background"]

_NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form."""

    id: str
    """Name; its texts are `background.ID.…`."""
    options: tuple[str, ...]
    """Names of the options; not to say is always one more."""


@lru_cache(maxsize=1)
def background_fields() -> tuple[Field, ...]:
    """Return the fields in order."""
    rows = yaml.safe_load((Path(__file__).parent / "background.yaml").read_text(encoding="utf-8"))
    return tuple(Field(row["id"], tuple(row["options"])) for row in rows)


def show_background(
    visit: Visit,
    administration: str,
    *,
    status: int = 200,
    problem: str | None = None,
    unanswered: tuple[str, ...] = (),
) -> Response:
    """Return the form with what is held of it."""

    def read(connection: Connection) -> dict[str, Answer]:
        return {one.id: answer_of(connection, administration, one.id) for one in background_fields()}

    return visit.page(
        "background.html",
        status,
        fields=background_fields(),
        held=visit.read(read),
        not_said=_NOT_SAID,
        key=new_id(),
        problem=problem,
        unanswered=unanswered,
    )


def keep_background(visit: Visit, administration: str, part: int, after: str) -> Response:
    """Keep the form and lock it if it is complete; go on to `after`."""
    me, now = visit.me, visit.site.now()
    fields = background_fields()

    def work(connection: Connection) -> tuple[str, ...]:
        for one in fields:
            value = visit.form.get(one.id, "")
            if value not in {*one.options, _NOT_SAID}:
                continue
            save(
                connection,
                now,
                Save(
                    participant=me.id,
                    administration=administration,
                    item=one.id,
                    value="" if value == _NOT_SAID else value,
                    missing="declined" if value == _NOT_SAID else None,
                    seen=visit.number(f"revision.{one.id}"),
                    key=visit.form.get("key", "")[:64],
                ),
            )
        required = [(administration, one.id, "answer") for one in fields]
        return tuple(item for _, item, _ in finish_part(connection, now, me.id, part, required))

    try:
        absent = visit.write(work)
    except ConflictError:
        return show_background(visit, administration, status=409, problem="background.conflict")
    except LockedError:
        return visit.go(after)
    if absent:
        return show_background(
            visit, administration, status=422, problem="background.incomplete", unanswered=absent
        )
    return visit.go(after)
