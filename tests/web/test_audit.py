"""The trail: whoever changes it is found out."""

import pytest
from sqlalchemy import Connection, text

from fakes.visitors import House
from therapyarc.web import Store
from therapyarc.web.audit import AuditError, Mark, Verified, events_since, last_mark, record_event, verify
from therapyarc.web.store import Inside


def test_what_people_do_is_in_the_trail_and_their_words_are_not(house: House) -> None:
    person = house.answering()
    (step,) = [step for step in person.items() if step.item == "respond"]
    person.answer(step, "my own words", 0, "k")
    rows = house.store.read(
        lambda c: c.execute(text("SELECT kind, actor, detail FROM event_log ORDER BY seq")).all()
    )
    kinds = [row.kind for row in rows]
    assert kinds[:4] == ["protocol.served", "participant.invited", "login", "consent.given"]
    assert kinds[-1] == "answer.saved"
    assert rows[-1].actor == person.id
    assert "my own words" not in str(rows)
    assert house.store.read(verify).events == len(rows)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE event_log SET detail = '{}' WHERE seq = 4",
        "UPDATE event_log SET actor = 'someone' WHERE seq = 2",
        "UPDATE event_log SET at = at + 1 WHERE seq = 3",
        "DELETE FROM event_log WHERE seq = 3",
        "DELETE FROM event_log WHERE seq = 1",
    ],
)
def test_a_changed_or_removed_event_is_found(house: House, harm: str) -> None:
    house.answering()
    house.store.read(verify)
    house.store.write(lambda c: c.execute(text(harm)).rowcount)
    with pytest.raises(AuditError, match="broken at event"):
        house.store.read(verify)


def test_an_end_that_was_cut_off_is_found_by_a_head_noted_before(site: House) -> None:
    site.answering()
    noted = site.store.read(verify).head
    site.store.read(lambda c: verify(c, noted))
    site.store.write(lambda c: c.execute(text("DELETE FROM event_log WHERE seq > 5")).rowcount)
    assert site.store.read(verify).events == 5
    with pytest.raises(AuditError, match="cut off"):
        site.store.read(lambda c: verify(c, noted))


class _TakenBackError(Exception):
    pass


def test_what_is_known_of_the_trail_within_a_transaction_is_the_trail(house: House) -> None:
    """Events that a savepoint took back leave no gap, and the next transaction sees what another server added."""

    def told(connection: Connection, subject: str) -> Mark:
        return record_event(connection, 1.0, "operator", "test", subject)

    def lost(connection: Connection) -> None:
        told(connection, "taken back")
        raise _TakenBackError

    def work(connection: Connection) -> list[str]:
        before = last_mark(connection)
        first = told(connection, "first")
        with pytest.raises(_TakenBackError):
            Inside(connection).write(lost)
        second = told(connection, "second")
        assert second.seq == first.seq + 1 == before.seq + 2
        assert events_since(connection, Mark(first.seq, "another")) is None
        found = events_since(connection, before)
        assert found is not None
        return [one.subject for one in found]

    assert house.store.write(work) == ["first", "second"]
    with Store(house.store.url) as other:
        other.write(lambda connection: told(connection, "elsewhere"))
    mark = house.store.write(lambda connection: told(connection, "third"))
    assert house.store.read(verify) == Verified(mark.seq, mark.hash)
