"""People's finished answers become sessions of the study, exactly as a model's do."""

import json
from collections.abc import Iterable
from string import ascii_uppercase

from sqlalchemy import Connection, select

from therapyarc.dialogue import Reply, ask_of, session_of
from therapyarc.dialogue.course import Held
from therapyarc.domain import Missing, Session
from therapyarc.domain.design import Design
from therapyarc.web.answers import Answer, answer_of
from therapyarc.web.course.kept import course_of
from therapyarc.web.store import Store
from therapyarc.web.store.tables import Administration, Conversation, Participant

__all__ = ["collect_courses", "collect_sessions"]


def collect_sessions(store: Store, design: Design, planned: Iterable[str]) -> list[Session]:
    """Return what people answered, one session for each planned id that a person was given.

    Only answers of finished parts are taken, since others may still change. A refusal is missing as `declined`; what a
    person who withdrew left open as `dropped_out`; what is not finished yet as `not_administered`, and a later call
    returns it whole. Ids that no person was given are left out.
    """
    wanted = set(planned)

    def read(connection: Connection) -> list[Session]:
        rows = connection.execute(
            select(
                Administration.id, Administration.instrument, Administration.item, Administration.case_id,
                Administration.options, Administration.locked_at, Participant.status,
            )
            .join(Participant, Participant.id == Administration.participant)
            .where(Administration.kind == "item")
            .order_by(Administration.id)
        ).all()  # fmt: skip
        sessions = []
        for row in rows:
            if row.id not in wanted:
                continue
            instrument = design.instrument(row.instrument)
            options = tuple(json.loads(row.options))
            ask = ask_of(
                instrument,
                instrument.item(row.item),
                None if row.case_id is None else instrument.case(row.case_id),
                session=row.id,
                options=options,
                material=None,
                seed=0,
            )
            answer = answer_of(connection, row.id) if row.locked_at is not None else Answer()
            sessions.append(session_of(ask, _reply(answer, options, row.status)))
        return sessions

    return store.read(read)


def collect_courses(store: Store) -> dict[str, list[Held]]:
    """Return the sessions that people have ended, by course, with the sealed side and the therapist's own notes.

    A session that runs is left out until it has ended. After a withdrawal the ended ones stay, as the person's consent says.
    """

    def read(connection: Connection) -> dict[str, list[Held]]:
        names = connection.scalars(
            select(Conversation.id).where(Conversation.purpose == "study").order_by(Conversation.id)
        ).all()
        return {name: held for name in names if (held := course_of(connection, name).held())}

    return store.read(read)


def _reply(answer: Answer, options: tuple[str, ...], status: str) -> Reply:
    if answer.missing is not None:
        return Reply(text="", missing=Missing(answer.missing))
    if answer.value.strip():
        return Reply(text=ascii_uppercase[options.index(answer.value)] if options else answer.value)
    return Reply(text="", missing=Missing.DROPPED_OUT if status == "withdrawn" else Missing.NOT_ADMINISTERED)
