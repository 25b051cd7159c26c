"""The page of measures: by construct, views side by side, and nothing raw that needs a null. Figures are made up."""

import re
from dataclasses import replace

from fakes.findings import synthetic_findings
from therapyarc.domain import ArmProcess, Estimate, Findings, Measure, ProcessRow
from therapyarc.domain.measure import Perspective
from therapyarc.report import render, render_measures
from therapyarc.report.numbers import words

EVIL = "<script>alert(1)</script>"
ABSENT = Estimate(name="reliability", label="reliability", reason="too few actors")


def row(
    name: str, construct: str, perspective: Perspective, arm: ArmProcess, *, chance: bool = False
) -> ProcessRow:
    measure = Measure(
        name=name, construct=construct, meaning=EVIL, unit="share", low=0, high=1, ends="e", minimum="1",
        perspective=perspective, version="1-A", source="s", chance=chance,
    )  # fmt: skip
    return ProcessRow(family="f", measure=measure, arms=(arm,), reliability=ABSENT, length=ABSENT)


def arm(value: float | None, **beside: float) -> ArmProcess:
    mean = Estimate(
        name="mean", label="m", value=value, reason=None if value is not None else "not shown: no null"
    )
    return ArmProcess(
        arm="a",
        courses=4,
        mean=mean,
        at_equal_length=Estimate(
            name="at_equal_length", label="m", value=0.111, low=0.1, high=0.2, reason="extrapolated"
        ),
        beside={null: Estimate(name=f"z_{null}", label="z", value=z) for null, z in beside.items()},  # type: ignore[misc]
        missing={"too_short": 3},
    )


def findings() -> Findings:
    rows = (
        row("alliance_therapist", "alliance", "text", arm(0.3)),
        row("lsm", "linguistic synchrony", "text", arm(0.8, pseudo=1.25), chance=True),
        row("alliance", "alliance", "client", arm(0.5)),
    )
    return replace(synthetic_findings(), process=rows)


def test_measures_stand_by_construct_with_the_client_s_view_first() -> None:
    page = render_measures(findings())
    assert re.findall(r"<h2 [^>]*>([^<]+)", page) == ["Alliance", "Linguistic synchrony"]
    assert re.findall(r'class="name">([^<]+)', page) == ["alliance", "alliance therapist", "lsm"]
    assert page.count("3 too short") == 3
    assert "extrapolated" in page
    assert "z beside pseudo-dyads" in page
    assert "1.25" in page
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#|report\.html)""", page)


def test_without_courses_there_is_no_page_and_no_link_to_it() -> None:
    assert render_measures(synthetic_findings()) == ""
    assert "measures.html" not in render(synthetic_findings(), [], [], [])
    assert 'href="measures.html"' in render(findings(), [], [], [])


def test_names_in_words() -> None:
    assert words("uptake_therapist:z_shuffle") == "uptake therapist, z beside shuffle"
    assert words("alliance:bond") == "alliance, bond"
