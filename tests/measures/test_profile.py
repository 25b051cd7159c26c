"""Behaviour profile, counted by hand; the shipped reference groups against the data."""

import os
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from making.annomi_profiles import PROCESS, auc, groups_of, profiles_text, summaries, table_rows, values_of
from scipy import stats

from fakes.conversations import coded
from therapyarc.coding.behaviours import CODERS, CoderName
from therapyarc.coding.codebook import codebook
from therapyarc.coding.offline_coders import weights_digest
from therapyarc.domain import Missing
from therapyarc.measures.profile import (
    KINDS,
    PROFILE,
    QUANTILES,
    REFERENCES,
    Reference,
    Summary,
    distance,
    profile,
    published_profiles,
    rates,
    reference,
    spread,
)

DATA = Path(os.environ.get("THERAPYARC_DATA", "absent")) / "annomi" / "annomi-part.csv"
ROOT = Path(__file__).parents[2]


def group(n: int = 5, **rows: tuple[float, float]) -> Reference:
    quantiles = tuple(QUANTILES)
    return Reference(
        name="high-quality",
        source="made",
        sessions=n,
        measures={
            f"rate_{kind}": Summary(n=n, mean=mean, sd=sd, quantiles=quantiles)
            for kind, (mean, sd) in rows.items()
        },
    )


def test_rates_of_the_session_and_its_thirds_counted_by_hand() -> None:
    reflect, ask = ("T reflect_content", "Hm."), ("T open_question", "Hm?")
    hurt, calm = ("C negative_feeling", "Hm."), ("C", "Hm.")
    got = profile(coded(*[ask, calm] * 3, *[reflect, hurt] * 3, reflect, calm, ask, hurt, reflect, hurt))
    assert got["rate_open_question"] == 4 / 9
    assert [got[f"rate_open_question_{third}"] for third in ("first", "middle", "last")] == [1, 0, 1 / 3]
    assert [got[f"rate_reflection_{third}"] for third in ("first", "middle", "last")] == [0, 1, 2 / 3]
    assert [got[f"rate_hurt_{third}"] for third in ("first", "middle", "last")] == [0, 1, 2 / 3]
    assert got["rate_hurt"] == 5 / 9
    assert got["rate_teaching"] == 0


def test_a_short_session_has_rates_and_no_thirds() -> None:
    got = profile(coded(*[("T plan", "Hm."), ("C", "Hm.")] * 3))
    assert got["rate_planning"] == 1
    assert got["rate_planning_first"] is Missing.TOO_SHORT
    assert set(profile(coded()).values()) == {Missing.TOO_SHORT}
    one_sided = profile(coded(*[("C change", "Hm.")]))
    assert set(one_sided.values()) == {Missing.TOO_SHORT}


def test_every_kind_names_codes_of_its_codebook() -> None:
    known = {role: {code.id for code in codebook(role).codes} for role in ("therapist", "client")}
    for role, codes in KINDS.values():
        assert codes <= known[role]


def test_spread_and_distance_counted_by_hand() -> None:
    kinds = list(KINDS)[:8]
    one = group(5, **dict.fromkeys(kinds, (0.2, 0.1)))
    other = group(3, **dict.fromkeys(kinds, (0.6, 0.3)))
    within = spread([one, other])
    sd = sqrt((4 * 0.01 + 2 * 0.09) / 6)
    assert within[kinds[0]] == pytest.approx(sd)
    found: dict[str, float | Missing] = dict.fromkeys(kinds, 0.2)
    assert distance(found, one, within) == 0
    assert distance(found, other, within) == pytest.approx(0.4 / sd)
    assert distance({**found, kinds[0]: 1.0}, one, within) == pytest.approx(3 / sqrt(8))  # cut at three
    assert distance({**found, kinds[0]: Missing.TOO_SHORT}, one, within) == 0
    few: dict[str, float | Missing] = {**found, kinds[0]: Missing.TOO_SHORT, kinds[1]: Missing.TOO_SHORT}
    assert distance(few, one, within) is Missing.TOO_SHORT


def test_a_kind_that_does_not_vary_is_left_out() -> None:
    rows = dict.fromkeys(list(KINDS)[:7], (0.2, 0.1))
    constant = group(5, **rows, **{list(KINDS)[7]: (0.0, 0.0)})
    found: dict[str, float | Missing] = dict.fromkeys(KINDS, 0.2)
    assert distance(found, constant, spread([constant])) == 0


@pytest.mark.parametrize(
    ("value", "percentile"),
    [(-1, 0), (0, 25), (0.5, 62.5), (1, 75), (2, 82.5), (3, 90), (5, 97.5), (9, 100)],
)
def test_percentile_counted_by_hand(value: float, percentile: float) -> None:
    summary = Summary(n=20, mean=1, sd=1, quantiles=(0, 0, 0, 0, 0, 1, 3, 5, 5))
    assert summary.percentile(value) == pytest.approx(percentile)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.floats(-9, 9), st.floats(-9, 9))
def test_percentile_rises_with_the_value(values: list[float], a: float, b: float) -> None:
    quantiles = tuple(map(float, np.quantile(values, QUANTILES)))
    summary = Summary(n=len(values), mean=0, sd=1, quantiles=quantiles)
    low, high = sorted((a, b))
    assert 0 <= summary.percentile(low) <= summary.percentile(high) + 1e-9
    assert summary.percentile(high) <= 100


@pytest.mark.parametrize("name", REFERENCES)
def test_the_shipped_groups(name: str) -> None:
    found = reference(name)
    assert found.name == name
    assert found.sessions >= 10
    assert {f"rate_{kind}" for kind in KINDS} <= set(found.measures)
    for one in found.measures.values():
        assert len(one.quantiles) == len(QUANTILES)
        assert list(one.quantiles) == sorted(one.quantiles)
        assert one.quantiles[0] <= one.mean <= one.quantiles[-1]
    assert found.placement("no such measure", 1.0) is None
    assert found.placement("rate_reflection", Missing.TOO_SHORT) is None
    assert found.placement("rate_reflection", 1.0) == 100


def test_an_unknown_group_names_those_that_there_are() -> None:
    with pytest.raises(KeyError, match="high-quality, low-quality"):
        reference("middling")


CODES = {role: [code.id for code in codebook(role).codes] for role in ("therapist", "client")}


@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from(CODES["therapist"])),
            st.frozensets(st.sampled_from(CODES["client"])),
        ),
        max_size=12,
    )
)
def test_rates_are_shares_and_distances_hang_together(
    said: list[tuple[frozenset[str], frozenset[str]]],
) -> None:
    lines = [line for t, c in said for line in (("T " + " ".join(t), "Hm."), ("C " + " ".join(c), "Hm."))]
    heard = coded(*lines)
    got = profile(heard)
    assert set(got) == {one.name for one in PROFILE.measures}
    assert rates(heard) == {kind: got[f"rate_{kind}"] for kind in KINDS}
    high, low, nearer = (got[f"{one}_quality"] for one in ("distance_high", "distance_low", "nearer_high"))
    if len(said) < 3:
        assert {high, low, nearer} == {Missing.TOO_SHORT}
    else:
        assert not isinstance(high, Missing)
        assert not isinstance(low, Missing)
        assert nearer == low - high
        assert 0 <= high <= 3


@given(
    st.lists(st.integers(0, 4), min_size=2, max_size=12), st.lists(st.integers(0, 4), min_size=2, max_size=12)
)
def test_auc_is_that_of_mann_whitney(high: list[int], low: list[int]) -> None:
    area, least, most = auc(high, low, np.random.default_rng(1))
    assert area == pytest.approx(stats.mannwhitneyu(high, low).statistic / len(high) / len(low))
    assert 0 <= least <= most <= 1


def test_a_summary_counted_by_hand() -> None:
    found: list[dict[str, float | Missing]] = [
        {"a": float(value), "b": Missing.TOO_SHORT} for value in (1, 2, 3, 4, 5)
    ]
    one = summaries(found)["a"]
    assert (one.n, one.mean) == (5, 3)
    assert one.sd == pytest.approx(sqrt(2.5))
    assert one.quantiles[4] == 3
    assert "b" not in summaries(found)


@pytest.mark.skipif(
    not DATA.is_file(), reason="AnnoMI is absent; set THERAPYARC_DATA to the folder that holds annomi/"
)
def test_the_shipped_figures_and_the_table_of_the_page_are_recomputed() -> None:
    """Run `python -m making.annomi_profiles` in docs, with THERAPYARC_DATA set, after a change of codes or measures."""
    groups = groups_of(DATA)
    found = {quality: values_of(heard, PROCESS) for quality, heard in groups.items()}
    for name, quality in zip(REFERENCES, ("high", "low"), strict=True):
        shipped = reference(name)
        assert shipped.sessions == len(found[quality])
        for measure, one in summaries(found[quality]).items():
            assert shipped.measures[measure].n == one.n, measure
            figures = (one.mean, one.sd, *one.quantiles)
            held = shipped.measures[measure]
            assert (held.mean, held.sd, *held.quantiles) == pytest.approx(figures, rel=1e-5, abs=1e-6), (
                measure
            )
    page = (ROOT / "docs" / "explanation" / "process-measures.md").read_text(encoding="utf-8")
    assert "\n".join(table_rows(groups, found)) in page


@pytest.mark.parametrize("name", CODERS)
def test_reference_groups_of_a_trained_coder_go_with_its_weights(name: CoderName) -> None:
    """Run `python -m making.trained_profiles` in docs, with THERAPYARC_DATA set, after new weights."""
    path = ROOT / "src" / "therapyarc" / "library" / "published" / f"{published_profiles(name)}.yaml"
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["weights"] == weights_digest(name)
    assert {one.sessions for one in (reference(group, name) for group in REFERENCES)} == {55, 12}


def test_the_file_is_written_as_it_is_read() -> None:
    found: list[dict[str, float | Missing]] = [{"a": float(value)} for value in range(5)]
    text = profiles_text({"high": found, "low": found[:4]})
    assert (
        "  high-quality:\n    sessions: 5\n    measures:\n      a: [5, 2, 1.58114, [0, 0.2, 0.4, 1, 2, 3, 3.6, 3.8, 4]]"
        in text
    )
    assert text.endswith("  low-quality:\n    sessions: 4\n    measures:\n")  # four are too few
