"""Invitations of people who are there: made anew, revoked."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, update

from therapyarc.web.audit import record_event
from therapyarc.web.store import Store
from therapyarc.web.store.tables import Invitation, Login
from therapyarc.web.tokens import code_digest, digest_of, new_code, new_id, new_token

__all__ = ["Invited", "new_invitation", "renew", "revoke"]


@dataclass(frozen=True, slots=True)
class Invited:
    """What is shown once and stored nowhere."""

    participant: str
    """Pseudonym."""
    token: str
    """For the link: `/join#TOKEN`."""
    code: str
    """For typing by hand at `/join`."""

    def link(self, url: str) -> str:
        """Return the link. The token stands after the `#`, which browsers send to no server and no log."""
        return f"{url.rstrip('/')}/join#{self.token}"


def renew(store: Store, participant: str, at: float, *, days: float = 90, by: str = "operator") -> Invited:
    """Make a new invitation for someone who is there already; the old ones end."""

    def work(connection: Connection) -> Invited:
        revoke(connection, participant, at, by=by)
        return new_invitation(connection, participant, at, days)

    return store.write(work)


def revoke(connection: Connection, participant: str, at: float, *, by: str = "operator") -> None:
    """End a person's invitations and logins; answers stay."""
    connection.execute(
        update(Invitation)
        .where(Invitation.participant == participant, Invitation.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    connection.execute(delete(Login).where(Login.participant == participant))
    record_event(connection, at, by, "invitation.revoked", participant)


def new_invitation(connection: Connection, participant: str, at: float, days: float) -> Invited:
    """Draw token and code, store their digests, and return them for the one time that they are shown."""
    made = Invited(participant, new_token(), new_code())
    connection.execute(
        insert(Invitation).values(
            id=new_id(),
            digest=digest_of(made.token),
            code_digest=code_digest(made.code),
            participant=participant,
            created_at=at,
            expires_at=at + days * 86_400,
        )
    )
    return made
