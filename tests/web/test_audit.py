"""The trail: whoever changes it is found out."""

import pytest
from sqlalchemy import text

from fakes.visitors import House
from therapyarc.web.audit import AuditError, verify


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
