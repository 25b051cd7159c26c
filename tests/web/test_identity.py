"""Names apart from answers: sealed, bound to their pseudonym, erased without a trace in the file."""

from pathlib import Path

import pytest
from sqlalchemy import text

from fakes.visitors import House
from therapyarc.web.answers import once
from therapyarc.web.identity import IdentityKeyError, erase_identity, read_identity, read_key, write_identity

NAME = "Synthetic Person, synthetic@example.org"


def test_a_name_is_sealed_and_read_with_its_key_alone(house: House, tmp_path: Path) -> None:
    key = read_key(tmp_path / "names.key", make=True)
    assert (tmp_path / "names.key").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "names.key", make=True) == key, "a key that is there is never drawn anew"
    first, second = house.invited().id, house.invited().id
    house.store.write(lambda c: write_identity(c, key, first, NAME))
    assert house.store.read(lambda c: read_identity(c, key, first)) == NAME
    assert house.store.read(lambda c: read_identity(c, key, second)) is None
    with pytest.raises(IdentityKeyError, match="another key"):
        house.store.read(lambda c: read_identity(c, bytes(32), first))
    swap = text("UPDATE identity SET participant = :other")
    house.store.write(lambda c: c.execute(swap, {"other": second}).rowcount)
    with pytest.raises(IdentityKeyError):
        house.store.read(lambda c: read_identity(c, key, second))


def test_a_name_stands_in_no_file_and_can_be_erased(site: House, tmp_path: Path) -> None:
    key, person = read_key(tmp_path / "names.key", make=True), site.invited().id
    site.store.write(lambda c: write_identity(c, key, person, NAME))
    assert NAME.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))
    assert site.store.write(lambda c: erase_identity(c, person))
    assert not site.store.write(lambda c: erase_identity(c, person))
    assert site.store.read(lambda c: read_identity(c, key, person)) is None


@pytest.mark.parametrize("content", [None, b"short"])
def test_a_key_that_is_none_is_said_to_be_none(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "names.key").write_bytes(content)
    with pytest.raises(IdentityKeyError, match=r"Restore it"):
        read_key(tmp_path / "names.key")


def test_what_must_happen_once_happens_once(house: House) -> None:
    person, made = house.invited().id, []

    def make() -> dict[str, object]:
        made.append("made")
        return {"number": len(made)}

    results = [house.store.write(lambda c: once(c, 1.0, person, "key", make)) for _ in range(3)]
    assert results == [{"number": 1}] * 3
    assert house.store.write(lambda c: once(c, 1.0, person, "other", make)) == {"number": 2}
