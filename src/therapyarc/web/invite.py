"""Places for people, each with an invitation that is shown once."""

from sqlalchemy import Connection, insert, select

from therapyarc.domain.design import Design
from therapyarc.web.assign import claim_slot
from therapyarc.web.audit import record_event
from therapyarc.web.invitation import Invited, new_invitation
from therapyarc.web.permission import Role
from therapyarc.web.rating.places import claim_place
from therapyarc.web.store import Store
from therapyarc.web.store.tables import Participant, ProtocolVersion, Study
from therapyarc.web.tokens import new_id

__all__ = ["invite", "register_study"]


def register_study(store: Store, design: Design, at: float) -> None:
    """Note the study and its version in the database.

    Raises
    ------
    ValueError
        If the database belongs to another study.
    """

    def work(connection: Connection) -> None:
        there = connection.scalar(select(Study.id))
        if there is not None and there != design.study.id:
            raise ValueError(
                f"the database belongs to the study {there!r}, not to {design.study.id!r}; give another with --db"
            )
        if there is None:
            row = {"id": design.study.id, "title": design.study.title, "created_at": at, "paused": False}
            connection.execute(insert(Study).values(**row))
        known = connection.scalar(
            select(ProtocolVersion.digest).where(ProtocolVersion.digest == design.digest)
        )
        if known is None:
            row = {"digest": design.digest, "study": design.study.id, "created_at": at}
            connection.execute(insert(ProtocolVersion).values(**row))
            record_event(connection, at, "operator", "protocol.served", design.digest)

    store.write(work)


def invite(
    store: Store,
    design: Design,
    role: Role,
    at: float,
    *,
    days: float = 90,
    arm: str | None = None,
    by: str = "operator",
) -> Invited:
    """Make a place for one person, and an invitation to it.

    Raises
    ------
    SlotsTakenError
        For a therapist, if the study has no free place.
    PanelFullError
        For a rater, if the study has human raters and all their places are taken.
    """
    participant = new_id()

    def work(connection: Connection) -> Invited:
        row = {"id": participant, "role": role, "status": "invited", "created_at": at}
        connection.execute(insert(Participant).values(**row))
        if role == "therapist":
            claim_slot(connection, design, participant, arm)
        if role == "rater":
            claim_place(connection, design.study.raters, participant)
        record_event(connection, at, by, "participant.invited", participant, {"role": role})
        return new_invitation(connection, participant, at, days)

    return store.write(work)
