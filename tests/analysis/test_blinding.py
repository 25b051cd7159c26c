"""Guesses of who wrote meet the key here, and nowhere before."""

from pathlib import Path

import pytest

from fakes.visitors import MATERIAL, RATED
from therapyarc.analysis.blinding import blinding
from therapyarc.domain import Missing, Rating
from therapyarc.domain.assignment import allocate
from therapyarc.domain.raters import GUESS
from therapyarc.files.study import load_design
from therapyarc.stats import bang_index, james_index


def test_guesses_are_counted_by_what_wrote_for_all_and_for_each(tmp_path: Path) -> None:
    """By hand: of people's words 2 of 3 are taken for people's; of machines' 1 of 3 is, 1 is not, and 1 is not sure."""
    (tmp_path / "study.yaml").write_text(RATED, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    design = load_design(tmp_path / "study.yaml")
    key = allocate(design)
    people = [one.session for one in key if one.arm == "people"]
    scripts = [one.session for one in key if one.arm == "scripts"]
    given = [
        ("panel/1", people[0], 0.0), ("panel/1", people[1], 0.0), ("panel/2", people[2], 1.0),
        ("panel/1", scripts[0], 0.0), ("panel/2", scripts[1], 1.0), ("panel/2", scripts[2], None),
    ]  # fmt: skip
    ratings = [
        Rating(
            session=session,
            rater=rater,
            rubric=GUESS,
            version="1",
            value=value,
            missing=None if value is not None else Missing.DECLINED,
        )
        for rater, session, value in given
    ]
    ratings.append(
        Rating(session=people[0], rater="words", rubric="rubric-empathy", version="1-A", value=1.0)
    )
    every, first, second = blinding(design, key, (), ratings)
    assert (every.rater, first.rater, second.rater) == ("", "panel/1", "panel/2")
    assert every.counts == ((2, 1), (1, 1), (0, 1))
    assert first.counts == ((2, 1), (0, 0), (0, 0))
    assert every.guesses == 6
    values = {one.name: one.value for one in every.estimates}
    assert values["bang_people"] == pytest.approx(2 / 3 - 1 / 3)
    assert values["bang_machines"] == pytest.approx(0)
    assert values["bang_people"] == bang_index(2, 1, 0).estimate
    assert values["james"] == james_index([[2, 1], [1, 1], [0, 1]]).estimate
    assert next(one.reason for one in first.estimates if one.name == "bang_people")
    assert blinding(design, key, (), ()) == ()
