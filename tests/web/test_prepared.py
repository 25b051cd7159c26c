"""Statements that are worded once do what the library does with them, on both databases."""

import pytest
from sqlalchemy import String, bindparam, column, insert, select, table, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from therapyarc.web.store import Prepared, Store, StoreUnavailableError
from therapyarc.web.store.tables import Identity, RatingTask, Study

ROW = {"id": "tiny", "title": "A study", "created_at": 1.5, "paused": True}

ADD = Prepared(insert(Study))
READ = Prepared(
    select(Study.id, Study.paused, Study.created_at, Study.title).where(Study.id == bindparam("wanted"))
)
RENAME = Prepared(update(Study).where(Study.id == bindparam("wanted")).values(title=bindparam("other")))
PAUSE = Prepared(update(Study).where(Study.id == bindparam("wanted")))


def test_rows_are_read_by_name_and_in_order_and_flags_are_flags(url: str) -> None:
    with Store(url) as store:
        assert store.write(lambda c: ADD.run(c, ROW)) == 1
        row = store.read(lambda c: READ.first(c, {"wanted": "tiny"}))
        assert tuple(row) == ("tiny", True, 1.5, "A study")
        assert (row.id, row.paused) == ("tiny", True)
        assert store.read(lambda c: READ.first(c, {"wanted": "other"})) is None
        assert store.read(lambda c: READ.rows(c, {"wanted": "other"})) == []
        assert store.read(lambda c: READ.scalar(c, {"wanted": "tiny"})) == "tiny"
        theirs = store.read(
            lambda c: c.execute(select(Study.id, Study.paused, Study.created_at, Study.title)).one()
        )
        assert tuple(theirs) == tuple(row)


def test_what_an_update_sets_is_what_its_values_say(url: str) -> None:
    with Store(url) as store:
        store.write(lambda c: ADD.run(c, ROW))
        assert store.write(lambda c: RENAME.run(c, {"wanted": "tiny", "other": 'It\'s "new"'})) == 1
        assert store.write(lambda c: PAUSE.run(c, {"wanted": "tiny", "paused": False})) == 1
        assert store.write(lambda c: RENAME.run(c, {"wanted": "none", "other": ""})) == 0
        row = store.read(lambda c: READ.first(c, {"wanted": "tiny"}))
        assert (row.title, row.paused) == ('It\'s "new"', False)


def test_errors_are_the_library_s_and_tell_no_values(url: str) -> None:
    with Store(url) as store:
        store.write(lambda c: ADD.run(c, ROW))
        with pytest.raises(IntegrityError) as told:
            store.write(lambda c: ADD.run(c, ROW))
        assert "A study" not in str(told.value)
        absent = Prepared(select(column("nothing", String)).select_from(table("nowhere")))
        with pytest.raises(ProgrammingError if "postgres" in url else StoreUnavailableError):
            store.write(lambda c: absent.rows(c, {}))


def test_what_is_not_worded_once_is_refused(url: str) -> None:
    with Store(url) as store:
        for statement, values, told in (
            (insert(RatingTask), {"id": "t"}, "defaults of columns"),
            (select(Study.id).where(Study.id.in_(["a", "b"])), {}, "lists of values"),
            (select(Study.id).where(Study.id == bindparam("wanted")), {}, "give wanted"),
            (select(Identity.sealed), {}, "library's own way"),
        ):
            with pytest.raises(TypeError, match=told):
                store.write(lambda c, one=statement, given=values: Prepared(one).run(c, given))  # type: ignore[misc]
