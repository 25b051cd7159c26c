"""Agreement of coders code by code: closed forms against the general ones, and planted answers recovered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.analysis.codes import SUPPORT, code_agreement
from therapyarc.domain import CodeAgreement, Missing
from therapyarc.domain.code import CodeSystem, FoundCode, TurnCodes
from therapyarc.stats import binary_ac1, binary_kappa, binary_raw, exact_agreement, gwet_ac, weighted_kappa


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_closed_forms_are_the_general_figures(pairs: list[tuple[int, int]]) -> None:
    matrix = np.array(pairs, dtype=float)
    table = np.zeros((2, 2))
    for first, second in pairs:
        table[first, second] += 1
    assert binary_raw(table) == pytest.approx(exact_agreement(matrix))
    assert binary_kappa(table) == pytest.approx(
        weighted_kappa(matrix[:, 0], matrix[:, 1], "unweighted"), nan_ok=True
    )
    assert binary_ac1(table) == pytest.approx(gwet_ac(matrix, values=[0, 1]))
    assert binary_kappa(table.T) == pytest.approx(binary_kappa(table), nan_ok=True)


def test_a_table_of_another_shape_is_refused() -> None:
    for table in ([[1, 2]], [[1, -1], [0, 2]]):
        with pytest.raises(ValueError, match="shape"):
            binary_kappa(table)
    assert np.isnan(binary_raw(np.zeros((2, 2))))
    assert np.isnan(binary_ac1(np.zeros((2, 2))))


def row(
    coder: str,
    turn: int,
    *codes: str,
    session: str = "s",
    system: CodeSystem = "acts",
    missing: Missing | None = None,
) -> TurnCodes:
    return TurnCodes(
        session=session, turn=turn, role="therapist", coder=coder, version="1", system=system,
        codes=tuple(FoundCode(code=code) for code in codes), missing=missing,
    )  # fmt: skip


def figures(row: CodeAgreement) -> dict[str, float | None]:
    return {one.name: one.value for one in row.estimates}


def test_counts_of_a_planted_table_give_its_kappa_and_ac1() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: po .7, kappa (.7 - .5) / .5 = .4, AC1 with p = .55 (.7 - .495) / .505."""
    answers = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    rows = []
    for turn, pair in enumerate(answers):
        for coder, found in zip(("a", "b"), pair, strict=True):
            rows.append(row(coder, turn, *["plan"] * found, session=f"s{turn % 7}"))
    (one,) = code_agreement(rows, rng=np.random.default_rng(1), demonstrations=["b"])
    assert (one.code, one.turns, one.sessions, one.support) == ("plan", 50, 7, 35)
    assert (one.prevalence_first, one.prevalence_second) == (0.5, 0.6)
    assert figures(one) == {
        "code_raw": pytest.approx(0.7),
        "code_kappa": pytest.approx(0.4),
        "code_ac1": pytest.approx(0.205 / 0.505),
    }
    assert one.demonstration
    for estimate in one.estimates:
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < (estimate.value or 0) < estimate.high
        assert "7 clusters" in estimate.method


def test_too_little_support_has_no_figure_and_says_so() -> None:
    rows = [
        row(c, t, *["harm"] * (t < SUPPORT - 1 and c == "a"), session=f"s{t}")
        for t in range(30)
        for c in "ab"
    ]
    (one,) = code_agreement(rows, rng=np.random.default_rng(1))
    assert one.support == SUPPORT - 1
    assert set(figures(one).values()) == {None}
    assert all("4 turns" in (estimate.reason or "") for estimate in one.estimates)


def test_missing_turns_and_lone_coders_are_left_out() -> None:
    rows = [row("a", t, "plan") for t in range(9)] + [row("b", t, "plan") for t in range(6)]
    rows.append(row("b", 6, missing=Missing.UNREADABLE))
    (one,) = code_agreement(rows, rng=np.random.default_rng(1))
    assert one.turns == 6
    assert figures(one)["code_kappa"] is None, "all the same: kappa is undefined, and no figure is made up"
    assert figures(one)["code_raw"] == 1
    assert code_agreement(rows[:9], rng=np.random.default_rng(1)) == ()


def test_coders_of_two_systems_meet_in_the_coarser_one() -> None:
    rows = [row("cues", t, "open_question") for t in range(8)]
    rows += [row("people", t, "question" if t else "other", system="annomi") for t in range(8)]
    found = {one.code: one for one in code_agreement(rows, rng=np.random.default_rng(1))}
    assert found["question"].system == "annomi"
    assert found["question"].prevalence_first == 1
    assert found["question"].prevalence_second == 7 / 8
    assert found["other"].support == 1
