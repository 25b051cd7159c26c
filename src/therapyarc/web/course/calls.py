"""What models that word clients were asked and gave: kept until the turn is stored, and the calls for good, as in a run."""

import time

from sqlalchemy import Connection, insert, select, update

from therapyarc.domain.call import Call
from therapyarc.web.store import Store
from therapyarc.web.store.tables import ClientCall, ConversationSession

__all__ = ["KeptCalls", "collect_calls", "forget_replies"]


class KeptCalls:
    """Ledger of one turn: the adapter of the voices' port to the database."""

    def __init__(self, store: Store, session: str, seq: int) -> None:
        """Read what an earlier process left of this turn."""
        self._store, self._session, self._seq = store, session, seq
        self._new = ("", "")

        def read(connection: Connection) -> dict[str, str]:
            rows = connection.execute(
                select(ClientCall.key, ClientCall.reply).where(
                    ClientCall.session == session, ClientCall.seq == seq, ClientCall.reply != ""
                )
            )
            return {row.key: row.reply for row in rows}

        self._there = store.read(read)

    def find(self, key: str) -> str | None:
        """Return the reply that was kept for this request; none where there is none."""
        return self._there.get(key)

    def keep(self, key: str, reply: str) -> None:
        """Keep a reply; it is stored with its call, which is recorded at once."""
        self._new = key, reply

    def note(self, call: Call) -> None:
        """Record a finished call with its reply.

        Nobody waits here: the writer stores in order, so the call is there at the latest when the turn is.
        """
        (key, reply), self._new = self._new, ("", "")
        row = {
            "session": self._session, "seq": self._seq, "key": key, "reply": reply, "at": time.time(), "role": call.role,
            "model": call.model, "served": call.served, "purpose": call.purpose, "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens, "seconds": call.seconds, "cached": call.cached,
        }  # fmt: skip
        self._store.submit(lambda connection: _record(connection, row))


def _record(connection: Connection, row: dict[str, object]) -> None:
    begun = select(ConversationSession.started_at).where(ConversationSession.id == row["session"])
    if connection.scalar(begun) is not None:  # else its person was erased meanwhile
        connection.execute(insert(ClientCall).values(row))


def forget_replies(connection: Connection, session: str, seq: int) -> None:
    """Empty the replies that were kept for a turn, which is stored now."""
    connection.execute(
        update(ClientCall).where(ClientCall.session == session, ClientCall.seq == seq).values(reply="")
    )


def collect_calls(store: Store) -> list[Call]:
    """Return every call that was made for clients whom people met, practice too, in the order in which they ended."""

    def read(connection: Connection) -> list[Call]:
        return [
            Call(
                session=row.session, role=row.role, model=row.model, served=row.served, purpose=row.purpose,
                input_tokens=row.input_tokens, output_tokens=row.output_tokens, seconds=row.seconds, cached=row.cached,
            )
            for row in connection.execute(
                select(
                    ClientCall.session, ClientCall.role, ClientCall.model, ClientCall.served, ClientCall.purpose,
                    ClientCall.input_tokens, ClientCall.output_tokens, ClientCall.seconds, ClientCall.cached,
                ).order_by(ClientCall.id)
            )
        ]  # fmt: skip

    return store.read(read)
