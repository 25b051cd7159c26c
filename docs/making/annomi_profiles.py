"""Summary figures of AnnoMI, high against low quality: the library's reference groups, and the table of the page on them.

Run with the folder of the data in THERAPYARC_DATA: `python -m making.annomi_profiles`, from the folder docs. No word of a
transcript is written, only figures over sessions.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from therapyarc.domain import Missing
from therapyarc.files.corpus import load_corpus
from therapyarc.measures import Conversation, conversation, families
from therapyarc.measures.profile import (
    QUANTILES,
    REFERENCES,
    Reference,
    Summary,
    distance,
    rates,
    spread,
)
from therapyarc.measures.shares import difference

__all__ = [
    "FEWEST",
    "Auc",
    "auc",
    "groups_of",
    "held_out",
    "profiles_text",
    "summaries",
    "summary_lines",
    "table_rows",
    "values_of",
    "write_between",
]

FEWEST = 5
"""Sessions with a value under which a group has no summary of a measure."""
DRAWS = 2000
PROCESS = (
    "talk", "empathy", "alliance", "inference", "socratic", "fidelity", "rupture", "disclosure", "reciprocity", "profile",
    "confounds",
)  # fmt: skip
"""Families that the table shows; of the profile, whole sessions only."""
DISTANCES = ("distance_high_quality", "distance_low_quality", "nearer_high_quality")
SPLIT = ("talk", "empathy", "alliance", "profile", "confounds")
"""Families whose figures are means over turns, so that half a session has them too."""
START, END = "<!-- annomi: begin -->", "<!-- annomi: end -->"
ROOT = Path(__file__).parents[2]
OUT = ROOT / "src" / "therapyarc" / "library" / "published" / "annomi_profiles.yaml"
PAGE = ROOT / "docs" / "explanation" / "process-measures.md"

Found = Mapping[str, float | Missing]
Auc = tuple[float, float, float]
"""Area under the curve, high against low, with the ends of its interval."""


def groups_of(path: Path) -> dict[str, list[Conversation]]:
    """Return the sessions of high and of low quality, coded by the cues."""
    found: dict[str, list[Conversation]] = {"high": [], "low": []}
    for record in load_corpus(path, "annomi").records:
        found[record.labels["quality"]].append(conversation(record.turns))
    return found


def values_of(
    heard: Sequence[Conversation], only: Sequence[str] | None = None
) -> list[dict[str, float | Missing]]:
    """Return every measure of each session, or those of some families; without the distances, which need these figures."""
    return [
        {
            name: value
            for family in families()
            if only is None or family.id in only
            for name, value in family.compute(one).items()
            if name not in DISTANCES
        }
        for one in heard
    ]


def summaries(found: Sequence[Found]) -> dict[str, Summary]:
    """Return the summary of each measure that enough sessions have."""
    result = {}
    for name in found[0] if found else ():
        values = np.array([value for one in found if not isinstance(value := one[name], Missing)])
        if len(values) >= FEWEST:
            result[name] = Summary(
                n=len(values),
                mean=float(values.mean()),
                sd=float(values.std(ddof=1)),
                quantiles=tuple(map(float, np.quantile(values, QUANTILES))),
            )
    return result


def profiles_text(groups: Mapping[str, Sequence[Found]]) -> str:
    """Return the library's file."""
    head = [
        "# Summary figures of AnnoMI (Wu et al. 2022, ICASSP) by quality: for each measure the number of sessions",
        f"# that have it, mean, standard deviation, quantiles at {', '.join(f'{q:g}' for q in QUANTILES)}.",
        "# Codes by the cues, measures of version 1-A; no words. Made by docs/making/annomi_profiles.py and recomputed by",
        "# tests/measures/test_profile.py.",
    ]
    return "\n".join([*head, *summary_lines(groups)])


def summary_lines(groups: Mapping[str, Sequence[Found]]) -> list[str]:
    """Return the lines of a file of figures, its head left out; the last one is empty."""
    lines = [
        'source: "AnnoMI, demonstrations of motivational interviewing of high and low quality (Wu et al. 2022); recomputed"',
        "groups:",
    ]
    for name, quality in zip(REFERENCES, ("high", "low"), strict=True):
        found = groups[quality]
        lines += [f"  {name}:", f"    sessions: {len(found)}", "    measures:"]
        for measure, one in summaries(found).items():
            quantiles = ", ".join(f"{q:.6g}" for q in one.quantiles)
            lines.append(f"      {measure}: [{one.n}, {one.mean:.6g}, {one.sd:.6g}, [{quantiles}]]")
    return [*lines, ""]


def auc(high: Sequence[float], low: Sequence[float], rng: np.random.Generator) -> Auc:
    """Return P(high > low) + P(equal)/2 with a percentile interval, sessions redrawn within each group."""
    a, b = np.array(high), np.array(low)
    wins: NDArray[np.float64] = (a[:, None] > b) + 0.5 * (a[:, None] == b)
    weights = [rng.multinomial(n, np.full(n, 1 / n), size=DRAWS) / n for n in (len(a), len(b))]
    drawn = np.einsum("di,ij,dj->d", weights[0], wins, weights[1], optimize=True)
    low_end, high_end = np.quantile(np.clip(drawn, 0, 1), [0.025, 0.975])  # sums of weights round
    return float(wins.mean()), float(low_end), float(high_end)


def held_out(groups: Mapping[str, Sequence[Conversation]]) -> dict[str, list[dict[str, float | Missing]]]:
    """Return the distances of each session from groups without it, all of one coder."""
    own = {quality: [rates(one) for one in heard] for quality, heard in groups.items()}
    result: dict[str, list[dict[str, float | Missing]]] = {}
    for quality, every in own.items():
        result[quality] = []
        for place, one in enumerate(every):
            without = []
            for name, other in zip(REFERENCES, ("high", "low"), strict=True):
                kept = [r for n, r in enumerate(own[other]) if other != quality or n != place]
                figures = {f"rate_{kind}": value for kind, value in summaries(kept).items()}
                without.append(Reference(name=name, source="", sessions=len(kept), measures=figures))
            high, low = (distance(one, group, spread(without)) for group in without)
            result[quality].append(dict(zip(DISTANCES, (high, low, difference(low, high)), strict=True)))
    return result


def table_rows(
    groups: Mapping[str, Sequence[Conversation]], found: Mapping[str, Sequence[Found]]
) -> list[str]:
    """Return the rows of the page: median in each group, AUC with interval, sessions that have the figure."""
    rng = np.random.default_rng(20221)
    distances = held_out(groups)
    every = {q: [{**a, **b} for a, b in zip(found[q], distances[q], strict=True)] for q in groups}
    words = [one["session_words"] for q in groups for one in every[q]]
    halves = _halves(groups)
    lines = [
        "| measure | high, median | low, median | AUC | 95% interval | rho with words | split-half | sessions high, low |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for family in families():
        if family.id not in PROCESS:
            continue
        for one in family.measures:
            if family.id == "profile" and one.name.endswith(("_first", "_middle", "_last")):
                continue
            values = {q: _there(group[one.name] for group in every[q]) for q in groups}
            counts = f"{len(values['high'])}, {len(values['low'])}"
            medians = [_figure(np.median(values[q])) if values[q] else "" for q in ("high", "low")]
            shown = ["", ""]
            if min(map(len, values.values())) >= FEWEST:
                area, low, high = auc(values["high"], values["low"], rng)
                shown = [f"{area:.2f}", f"{low:.2f} to {high:.2f}"]
            own = [group[one.name] for q in groups for group in every[q]]
            shown.append(_related(list(zip(own, words, strict=True)), ranks=True))
            parts = [(a.get(one.name), b.get(one.name)) for a, b in halves] if family.id in SPLIT else []
            shown.append(_related(parts, ranks=False))
            lines.append(f"| `{one.name}` | {' | '.join([*medians, *shown, counts])} |")
    return lines


def _figure(value: float | np.floating) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def _halves(groups: Mapping[str, Sequence[Conversation]]) -> list[tuple[Found, Found]]:
    """Return the figures of each session's odd exchanges, and of its even ones."""
    return [
        (values_of([_part(one, 0)], PROCESS)[0], values_of([_part(one, 1)], PROCESS)[0])
        for heard in groups.values()
        for one in heard
    ]


def _part(heard: Conversation, parity: int) -> Conversation:
    """Return every other exchange: a therapist turn and the client's turn before it."""
    kept = [
        place
        for number, reply in enumerate(heard.of("therapist"))
        if number % 2 == parity
        for place in (reply - 1, reply)
        if place >= 0
    ]
    return Conversation(tuple(heard.turns[p] for p in kept), tuple(heard.codes[p] for p in kept))


def _related(pairs: Sequence[tuple[float | Missing | None, float | Missing | None]], *, ranks: bool) -> str:
    """Return Spearman's rho, or the correlation of halves stepped up to the whole (Spearman and Brown); empty for few."""
    both = [(a, b) for a, b in pairs if isinstance(a, float) and isinstance(b, float)]
    if len(both) < 20:
        return ""
    x, y = np.array(both).T
    if not (np.ptp(x) and np.ptp(y)):
        return ""
    if ranks:
        return _figure(float(spearmanr(x, y).statistic))
    r = float(np.corrcoef(x, y)[0, 1])
    return _figure(2 * r / (1 + r)) if r > -1 else ""


def _there(values: Iterable[float | Missing]) -> list[float]:
    return [value for value in values if not isinstance(value, Missing)]


def write_between(page: Path, start: str, end: str, lines: Sequence[str]) -> None:
    """Put lines between two marks of a page, in the place of what stands there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    page.write_text("\n".join([f"{before}{start}", *lines, f"{end}{after}"]), encoding="utf-8")


def main() -> None:
    """Write the library's file and the table of the page."""
    groups = groups_of(Path(os.environ["THERAPYARC_DATA"]) / "annomi" / "annomi-part.csv")
    found = {quality: values_of(heard) for quality, heard in groups.items()}
    OUT.write_text(profiles_text(found), encoding="utf-8")
    write_between(PAGE, START, END, table_rows(groups, found))


if __name__ == "__main__":
    main()
