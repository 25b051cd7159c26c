"""The report needs nothing else, escapes what people and models wrote, and stamps what is no evidence."""

import re
from dataclasses import replace
from typing import get_args

from fakes.findings import synthetic_findings
from therapyarc.domain import (
    Case,
    Instrument,
    Item,
    Published,
    Rating,
    Session,
    Turn,
)
from therapyarc.report import exports, render, summary
from therapyarc.report.numbers import known, number, p_value, published
from therapyarc.report.summary import stamps

EVIL = "<script>alert(1)</script> I hear you"


def page(undefined: str | None = None) -> str:
    instrument = Instrument(
        id="i", version="1", title="t", construct="c", kind="open", perspective="therapist", licence="l", source="s",
        instructions="", items=(Item(id="q", text="Say", asks="reply"),), cases=(Case(id="c", title="T", words="Hello"),),
    )  # fmt: skip
    session = Session(id="s", instrument="i", item="q", case="c", turns=(Turn(role="therapist", text=EVIL),))
    rating = Rating(
        session="s", rater="r", rubric="i", version="1", value=4, evidence=("hear you",), verbatim=True
    )
    return render(synthetic_findings(undefined), [session], [rating], [instrument])


def test_nothing_is_loaded_and_nothing_runs() -> None:
    html = page()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    links = re.findall(r"(?:src|href)=[\"'](?!#)([^\"']*)", html.replace('xlink:href="#', ""))
    assert links == ["checklist.html"]  # beside it in the run's folder; nothing is loaded from it
    assert "src=" not in html
    assert "url(http" not in html


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page() == page()


def test_figures_reasons_and_stamps_stand_where_they_belong() -> None:
    html = page()
    for expected in (
        "−.500",
        "[−.913, .250]",
        "&lt; .001",
        "1 refused",
        "<mark>hear you</mark>",
        "no ongoing sessions",
    ):
        assert expected in html
    assert html.count("scripted actors: no claim") >= 4
    assert "not estimated: one side is empty" in page("one side is empty")
    assert "do not add up" not in html


def test_numbers_and_summary() -> None:
    assert (number(-0.004), number(-1.5), number(None)) == ("0.00", "−1.50", "–")
    assert (p_value(0.0451), p_value(1.0), p_value(None)) == (".045", "1.000", "–")
    assert "r = −.500 [−.913, .250], exact permutation p < .001" in summary(synthetic_findings())


def test_a_published_row_is_written_as_ours_is() -> None:
    assert published({"U": 2.0, "p": 0.005, "rank_biserial": 0.917}) == "U 2; p .005; rank-biserial r .917"
    assert published({"open_after": 52.0}) == "open after 52.0"
    assert {known(tag) for tag in get_args(Published.__annotations__["tag"])} == {
        "read in the source",
        "recomputed from released data",
        "deduced by arithmetic from what was printed",
    }


def test_a_figure_of_several_findings_bears_the_stamps_of_all() -> None:
    (one,) = synthetic_findings().findings
    assert one.second is not None
    model = replace(one, first=replace(one.first, demonstration=True, synthetic=False), second=None)
    assert stamps([model, one]).startswith(" (demonstration model, scripted actors:")


def test_every_figure_goes_with_its_numbers() -> None:
    files = exports(synthetic_findings())
    assert {name.rsplit(".", 1)[0] for name in files if name.endswith(".svg")} == {
        name.rsplit(".", 1)[0] for name in files if name.endswith(".csv")
    }
    assert files["single-replies-effects.csv"].splitlines()[1] == "e,empathy,-0.5,-0.913,0.25,"
    assert "<svg" in files["single-replies-units.svg"]
