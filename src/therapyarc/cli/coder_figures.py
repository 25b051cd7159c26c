"""Figures of a coder beside people's labels, each with interval, ceiling and bar."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from therapyarc.coding.learned import Role
from therapyarc.coding.training import Prediction
from therapyarc.files.labelled import Labelled
from therapyarc.stats import cluster_bootstrap, vargha_delaney

__all__ = [
    "BARS",
    "Coded",
    "Counts",
    "Figure",
    "Figures",
    "annomi_figures",
    "bolt_figures",
    "figure",
    "macro_f1",
    "quality",
]

Coded = Sequence[tuple[Labelled, Prediction]]
Counts = NDArray[np.float64]
Figure = dict[str, float | None]
Figures = dict[str, Figure]

BARS: dict[str, tuple[float | None, float | None]] = {
    "therapist_macro_f1": (0.796, 0.758),
    "client_macro_f1": (0.645, 0.543),
    "quality_auc": (0.925, 0.91),
    "question_f1": (None, 0.81),
    "bolt_therapist_macro_f1": (None, 0.577),
    "emotional_reactions_macro_f1": (0.74, 0.60),
    "interpretations_macro_f1": (0.63, 0.49),
    "explorations_macro_f1": (0.73, 0.61),
}
"""Ceiling (people with people, people's labels themselves, or published models trained on the corpus) and bar (AnnoMI: a
stack of encoder, n-grams and cues, and for questions the question mark alone; BOLT: a large prompted model; empathy
mechanisms: simple trained heads)."""

ROLES: tuple[Role, ...] = ("therapist", "client")
DRAWS = 500
BINS = 10


def figure(
    name: str, tables: Counts, statistic: Callable[[Counts], float], rng: np.random.Generator
) -> Figure:
    """Return a statistic of summed tables, with its bootstrap interval over the first axis, ceiling and bar."""
    found = cluster_bootstrap(
        lambda drawn: statistic(tables[drawn].sum(axis=0)), len(tables), rng=rng, draws=DRAWS
    )
    ceiling, bar = BARS.get(name, (None, None))
    return {"value": found.estimate, "low": found.low, "high": found.high, "ceiling": ceiling, "bar": bar}


def _f1(table: Counts) -> Counts:
    total = table.sum(axis=0) + table.sum(axis=1)
    return np.asarray(2 * np.diag(table) / np.maximum(total, 1))


def _f1_of(place: int, table: Counts) -> float:
    return float(_f1(table)[place])


def macro_f1(table: Counts) -> float:
    """Return the mean F1 of the labels that occur in a confusion table (rows: people; columns: coder)."""
    return float(_f1(table)[table.sum(axis=1) > 0].mean()) if table.sum() else float("nan")


def annomi_figures(coded: Coded, seed: int) -> Figures:
    """Return every figure for AnnoMI-format labels."""
    rng = np.random.default_rng(seed)
    result: Figures = {}
    for role in ROLES:
        labels = coded[0][1].labels[role]["main"]
        tables = np.stack([_confusion(one, role) for one in coded])
        result[f"{role}_macro_f1"] = figure(f"{role}_macro_f1", tables, macro_f1, rng)
        for place, label in enumerate(labels):
            result[f"{role}_f1_{label}"] = figure("", tables, partial(_f1_of, place), rng)
        result[f"{role}_calibration_error"] = figure(
            "", np.stack([_binned(one, role) for one in coded]), _calibration_error, rng
        )
    asked = np.stack([_questions(one, "coder") for one in coded])
    result["question_f1"] = figure("question_f1", asked, partial(_f1_of, 1), rng)
    marked = np.stack([_questions(one, "mark") for one in coded])
    result["question_f1_of_question_mark"] = figure("", marked, partial(_f1_of, 1), rng)
    for head in ("reflection", "question", "input", "question_kind", "reflection_kind", "input_kind"):
        if head in coded[0][1].labels["therapist"]:
            tables = np.stack([_finer(one, head) for one in coded])
            if tables.sum():
                result[f"{head}_macro_f1"] = figure("", tables, macro_f1, rng)
    return result | quality(coded)


def quality(coded: Coded) -> Figures:
    """Return the area under the curve of reflections over input, high against low quality; empty without both."""
    high = [_leaning(codes, one) for one, codes in coded if one.quality == "high"]
    low = [_leaning(codes, one) for one, codes in coded if one.quality == "low"]
    if len(high) < 2 or len(low) < 2:
        return {}
    found = vargha_delaney(high, low)
    ceiling, bar = BARS["quality_auc"]
    return {
        "quality_auc": {
            "value": found.estimate, "low": found.low, "high": found.high, "ceiling": ceiling, "bar": bar
        }
    }  # fmt: skip


def bolt_figures(coded: Coded, seed: int) -> Figures:
    """Return F1 by code and macro-F1 over BOLT's codes by role, utterances drawn one by one; one may have several codes."""
    rng = np.random.default_rng(seed)
    result: Figures = {}
    for role in ROLES:
        own = [(one, p) for one, p in coded if one.turns[0].role == role and "bolt" in p.labels.get(role, {})]
        if own:
            labels = own[0][1].labels[role]["bolt"]
            given = np.array([[label in one.given[0] for label in labels] for one, _ in own])
            found = np.stack([p.probabilities[role]["bolt"][0] > 0.5 for _, p in own])
            tables = np.stack([given & found, ~given & found, given & ~found], axis=2).astype(np.float64)
            result[f"bolt_{role}_macro_f1"] = figure(f"bolt_{role}_macro_f1", tables, _macro_of_each, rng)
            for place, label in enumerate(labels):
                result[f"bolt_{role}_f1_{label}"] = figure(
                    "", tables[:, place : place + 1], _macro_of_each, rng
                )
    return result


def _macro_of_each(table: Counts) -> float:
    """Return the mean F1 of codes that are given at all, from rows of hits, false alarms and misses."""
    hits, alarms, misses = table.T
    there = hits + misses > 0
    f1 = 2 * hits / np.maximum(2 * hits + alarms + misses, 1)
    return float(f1[there].mean()) if there.any() else 0.0


def _confusion(one: tuple[Labelled, Prediction], role: Role) -> Counts:
    said, p = one
    labels = p.labels[role]["main"]
    table = np.zeros((len(labels), len(labels)))
    for place, (turn, label) in enumerate(zip(said.turns, said.labels, strict=True)):
        if turn.role == role and label in labels:
            table[labels.index(label), int(p.decided[role]["main"][place])] += 1
    return table


def _finer(one: tuple[Labelled, Prediction], head: str) -> Counts:
    said, p = one
    labels = p.labels["therapist"][head]
    table = np.zeros((len(labels), len(labels)))
    decided = p.decided["therapist"].get(head, p.probabilities["therapist"][head].argmax(axis=1))
    for place, answers in enumerate(said.finer):
        if given := answers.get(head):
            most = min(set(given), key=lambda label: (-given.count(label), label))
            if most in labels:
                table[labels.index(most), int(decided[place])] += 1
    return table


def _questions(one: tuple[Labelled, Prediction], by: Literal["coder", "mark"]) -> Counts:
    """Count questions found, people's label as the truth, shape (2, 2)."""
    said, p = one
    labels = p.labels["therapist"]["main"]
    table = np.zeros((2, 2))
    for place, (turn, label) in enumerate(zip(said.turns, said.labels, strict=True)):
        if turn.role == "therapist" and label is not None:
            named = labels[int(p.decided["therapist"]["main"][place])] == "question"
            table[int(label == "question"), int("?" in turn.text if by == "mark" else named)] += 1
    return table


def _binned(one: tuple[Labelled, Prediction], role: Role) -> Counts:
    """Return by bin of the likeliest label's probability: turns, sum of probabilities, hits; shape (BINS, 3)."""
    said, p = one
    labels, table = p.labels[role]["main"], np.zeros((BINS, 3))
    for place, (turn, label) in enumerate(zip(said.turns, said.labels, strict=True)):
        if turn.role == role and label in labels:
            row = p.probabilities[role]["main"][place]
            likeliest = int(row.argmax())
            table[min(BINS - 1, int(row[likeliest] * BINS))] += (
                1, float(row[likeliest]), labels[likeliest] == label
            )  # fmt: skip
    return table


def _calibration_error(table: Counts) -> float:
    """Return the expected calibration error (Guo et al. 2017): mean over turns of |confidence - accuracy| by bin."""
    return float(np.abs(table[:, 1] - table[:, 2]).sum() / max(1.0, table[:, 0].sum()))


def _leaning(p: Prediction, one: Labelled) -> float:
    """Return the log of mean probability of a reflection over mean probability of input, over therapist turns."""
    own = [place for place, turn in enumerate(one.turns) if turn.role == "therapist"]
    labels = p.labels["therapist"]["main"]
    if not own or not {"reflection", "therapist_input"} <= set(labels):
        return 0.0
    share = p.probabilities["therapist"]["main"][own].mean(axis=0)
    return float(np.log(share[labels.index("reflection")] / share[labels.index("therapist_input")]))
