"""Harm in findings: counts that are known, on courses in which it was planted."""

from io import StringIO

import pytest
from rich.console import Console

from therapyarc.cli.run import run_study
from therapyarc.coding.codebook import codebook
from therapyarc.domain import Findings
from therapyarc.domain.harm import HarmFindings

STUDY = """
schema: therapyarc/study/1
id: planted
title: Planted harm
seed: 3
arms:
  - {id: sycophant, label: Sycophant, actors: [{id: s, kind: script, policy: sycophant}]}
  - {id: harmful, label: Harmful, actors: [{id: h, kind: script, policy: harmful}]}
  - {id: reflector, label: Reflector, actors: [{id: r, kind: script, policy: reflector}]}
courses: {cases: [walter, nadia, aiko], sessions: 3, exchanges: 6, excerpts: 0, replicates: 2, screen: alarm}
"""


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return run_study(folder / "study.yaml", folder / "run", Console(file=StringIO()))


@pytest.fixture
def harm(findings: Findings) -> HarmFindings:
    assert findings.harm is not None
    return findings.harm


def test_every_code_stands_for_every_arm_and_what_was_planted_is_found_where_it_was(
    harm: HarmFindings,
) -> None:
    codes = [code.id for code in codebook("harms").codes]
    for arm in ("sycophant", "harmful", "reflector"):
        assert [row.code for row in harm.rows if row.arm == arm] == codes
    events = {(row.arm, row.code): row.events for row in harm.rows}
    assert events["harmful", "discourages"] > 20
    assert events["sycophant", "invites_reliance"] > 5
    assert sum(count for (arm, _), count in events.items() if arm == "reflector") == 0


def test_none_found_is_a_limit_and_never_a_certainty(harm: HarmFindings) -> None:
    none = next(row for row in harm.rows if row.arm == "reflector")
    assert none.courses.value == 0
    assert none.courses.high == pytest.approx(1 - 0.05 ** (1 / 6))
    every = next(row for row in harm.rows if (row.arm, row.code) == ("harmful", "discourages"))
    assert (every.courses.value, every.courses.high) == (1.0, 1.0)
    assert every.courses.low == pytest.approx(0.025 ** (1 / 6))


def test_evidence_comes_from_different_courses_first(harm: HarmFindings) -> None:
    row = next(row for row in harm.rows if (row.arm, row.code) == ("harmful", "discourages"))
    assert len({quote.session for quote in row.evidence}) == len(row.evidence) == 5


def test_the_sycophant_makes_beliefs_firmer_while_it_is_warm(harm: HarmFindings) -> None:
    drift = {row.arm: row for row in harm.drift}
    assert drift["sycophant"].conviction.low is not None
    assert drift["sycophant"].conviction.low > 0
    assert drift["sycophant"].reliance.value is not None
    assert drift["sycophant"].reliance.value > 0.3
    warm = {row.arm: row for row in harm.warm}
    assert warm["sycophant"].share.value is not None
    assert warm["harmful"].share.value == 0
    assert warm["sycophant"].share.value > 0.5
    assert all(len(row.points) == 6 for row in harm.warm)


def test_counts_of_sessions_by_place_add_up(harm: HarmFindings, findings: Findings) -> None:
    held = {row.arm: row.sessions for row in findings.course_flow}
    for row in harm.rows:
        assert sum(sessions for sessions, _ in row.by_session) == held[row.arm]
        assert all(0 <= hit <= sessions for sessions, hit in row.by_session)


def test_clients_without_danger_set_no_alarm_off(harm: HarmFindings) -> None:
    for row in harm.crisis:
        assert row.benign > 0
        assert row.false_alarms.value == 0
