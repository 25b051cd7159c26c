"""What a rater of sessions sees, and what of its answer counts."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.coding.session_rater import read_session_verdict, session_tasks
from therapyarc.domain import Missing, Session, Turn
from therapyarc.files.errors import FaultyFileError
from therapyarc.files.library import library_path, read_instrument

RUBRIC = read_instrument("rubric-collaboration", Path())


def session(turns: int) -> Session:
    return Session(id="s", turns=tuple(Turn(role="client", text=f"{n}") for n in range(turns)))


@given(st.integers(1, 60), st.integers(0, 20))
def test_windows_hold_every_turn_once_and_none_is_below_half_the_width(turns: int, width: int) -> None:
    tasks = session_tasks(session(turns), replace(RUBRIC, window=width), rater="r", repeats=1, seed=1)
    assert [place for task in tasks for place, _ in task.turns] == list(range(turns))
    if width and turns >= width:
        assert all(2 * len(task.turns) >= width for task in tasks)
        assert all(2 * len(task.turns) < 3 * width for task in tasks)
    if not width:
        assert len(tasks) == 1


def test_repeats_have_seeds_of_their_own() -> None:
    tasks = session_tasks(session(4), RUBRIC, rater="r", repeats=3, seed=1)
    assert [task.replicate for task in tasks] == [1, 2, 3]
    assert len({task.seed for task in tasks}) == 3
    assert len(session_tasks(session(0), RUBRIC, rater="r", repeats=1, seed=1)) == 1


(TASK,) = session_tasks(session(5), RUBRIC, rater="r", repeats=1, seed=1)


def test_readable() -> None:
    assert read_session_verdict('{"evidence": [0, 4, 0], "value": 2}', TASK) == (2.0, (0, 4))
    assert read_session_verdict('```json\n{"evidence": [], "value": 5}\n```', TASK) == (5.0, ())


@pytest.mark.parametrize(
    "text",
    ['{"evidence": [5], "value": 2}', '{"evidence": [-1], "value": 2}', '{"evidence": [true], "value": 2}',
     '{"evidence": ["1"], "value": 2}', '{"evidence": 1, "value": 2}', '{"value": 2}', '{"evidence": [1], "value": 6}',
     '{"evidence": [1], "value": true}', '{"evidence": [1], "value": 2.0}', "[2]", "2"],
)  # fmt: skip
def test_unreadable_is_missing(text: str) -> None:
    assert read_session_verdict(text, TASK) is Missing.UNREADABLE


def test_empty() -> None:
    assert read_session_verdict(" ", TASK) is Missing.EMPTY


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("rates: []", "rates: [reply]", "unit"),
        ("unit: session", "unit: session\nwindow: -1", "window"),
        ("unit: session", "window: 4", "window"),
    ],
)
def test_a_rubric_of_sessions_says_what_it_rates(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = library_path("instruments", "rubric-collaboration").read_text().replace(old, new)
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(FaultyFileError, match=field):
        read_instrument("mine.yaml", tmp_path)
