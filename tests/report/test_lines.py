"""The report's section on open questions."""

from dataclasses import replace

from fakes.findings import synthetic_findings
from therapyarc.domain import Estimate
from therapyarc.domain.line import FoundFigure, KnownEffect, LineAnswer
from therapyarc.report import render

FIGURE = FoundFigure(
    says="rank correlation",
    where="alliance, last attended",
    key="ranks",
    estimate=Estimate(name="spearman", label="rho", value=0.5, low=-0.04, high=0.81),
    n={"units": 14},
    whole=True,
    backed=True,
)
ANSWERED = LineAnswer(
    line=4,
    topic="carry-over",
    question="Does it carry over?",
    status="answered",
    figures=(FIGURE,),
    design="Forty actors.",
    known=(
        KnownEffect(says="Models above people.", source="A 2025", how="stored", figures={"r": -0.917}),
        KnownEffect(says="Goes together.", source="B, as quoted", how="second_hand", figures={"r": 0.28}),
    ),
    limits="Nothing about <people>.",
)
OPEN = replace(
    ANSWERED,
    line=27,
    question="With a voice?",
    status="unanswerable",
    figures=(replace(FIGURE, whole=False, backed=False, synthetic=True),),
    known=(),
    reason="No such figure in this run.",
    change="two more actors.",
)


def section(*lines: LineAnswer) -> str:
    html = render(replace(synthetic_findings(), lines=lines), [], [], [])
    start = html.find('<section aria-labelledby="h-lines">')
    return "" if start < 0 else html[start : html.index("</section>", start)]


def test_an_answer_stands_with_interval_and_numbers_beside_what_others_found() -> None:
    html = section(ANSWERED)
    for expected in (
        "4. Does it carry over?",
        "rho <b>",
        "[−",
        "14 actors",
        "Models above people. r −0.917.",
        "Nothing about &lt;people&gt;.",
        "answers 1, answers none in part, and leaves none open",
    ):
        assert expected in html, expected
    assert "Whole answer" not in html


def test_what_is_quoted_is_not_called_published() -> None:
    html = section(ANSWERED)
    assert html.count("<dt>Published</dt>") == 1
    assert html.count("<dt>Quoted, source not read</dt>") == 1


def test_an_open_question_says_why_and_what_would_answer_it() -> None:
    html = section(OPEN)
    for expected in (
        "With a voice?",
        "Needed: two more actors.",
        "No such figure in this run.",
        "Forty actors.",
        "scripted",
        "they answer nothing",
    ):
        assert expected in html, expected


def test_many_partial_figures_are_folded_and_whole_ones_are_not() -> None:
    part = replace(FIGURE, whole=False, says="part")
    html = section(replace(ANSWERED, status="partly", figures=(FIGURE, *(part,) * 7)))
    assert "7 figures that bear on it" in html
    assert html.index("rank correlation") < html.index("7 figures")


def test_a_run_without_lines_has_no_section() -> None:
    assert section() == ""
