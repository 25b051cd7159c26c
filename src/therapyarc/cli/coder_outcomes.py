"""Figures of a coder on conversations with chatbots, beside AutoMISC's labels, participants' answers and ratings."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from scipy.stats import spearmanr

from therapyarc.cli.coder_figures import Coded, Counts, Figure, Figures, figure, macro_f1
from therapyarc.coding.learned import Role
from therapyarc.coding.training import Prediction
from therapyarc.domain import Turn
from therapyarc.files.chatbot import Participant
from therapyarc.files.labelled import Labelled
from therapyarc.files.rated import CRITERIA, RatedConversation
from therapyarc.stats import cluster_bootstrap

__all__ = ["chatbot_figures", "rated_figures"]

_SAID: dict[Role, tuple[str, ...]] = {
    "therapist": ("reflection", "question", "other"),
    "client": ("change", "sustain", "neutral"),
}
FEW = 4
"""Conversations below which ranks say nothing."""


def chatbot_figures(coded: Coded, answers: Mapping[str, Participant], seed: int) -> Figures:
    """Return agreement with AutoMISC's labels, and ranks of shares beside what participants said.

    `mibot_*_macro_f1`: reflection, question and other (therapist; our input is `other` here), change, sustain and neutral
    (client); conversations are drawn. `mibot_care_by_reflections`: Spearman's correlation, over conversations, of the share
    of reflections with perceived empathy; `mibot_confidence_by_change_talk`: of the share of change talk with the change
    of confidence a week later.
    """
    rng = np.random.default_rng(seed)
    result: Figures = {}
    for role, labels in _SAID.items():
        tables = np.stack([_table(one, p, role, labels) for one, p in coded])
        if tables.sum():
            result[f"mibot_{role}_macro_f1"] = figure("", tables, macro_f1, rng)
            for place, label in enumerate(labels):
                result[f"mibot_{role}_f1_{label}"] = figure("", tables, partial(_one, place), rng)
    asked: dict[str, tuple[Role, str, Callable[[Participant], float | None]]] = {
        "mibot_care_by_reflections": ("therapist", "reflection", lambda said: said.care),
        "mibot_confidence_by_change_talk": ("client", "change", lambda said: said.confidence_change),
    }
    for name, (role, label, of) in asked.items():
        pairs = [
            (share, value)
            for one, p in coded
            if (share := _share(p, one.turns, role, label)) is not None
            and one.id in answers
            and (value := of(answers[one.id])) is not None
        ]
        result |= _ranks(name, pairs, rng)
    return result


def rated_figures(coded: Sequence[tuple[RatedConversation, Prediction]], seed: int) -> Figures:
    """Return, by criterion, ranks of three shares beside the mean rating; the ceiling is raters' agreement with each other.

    Each is Spearman's correlation over conversations, drawn one by one, of the mean rating with the share of the therapist's
    reflections, questions or input. The ceiling is the mean correlation of one rater with the mean of the others, by their
    place in the line; none where conversations have one rating.
    """
    rng = np.random.default_rng(seed)
    result: Figures = {}
    for criterion in CRITERIA:
        own = [(one, p) for one, p in coded if criterion in one.ratings]
        ceiling = _between([one.ratings[criterion] for one, _ in own])
        for label in ("reflection", "question", "therapist_input"):
            pairs = [
                (share, float(np.mean(one.ratings[criterion])))
                for one, p in own
                if (share := _share(p, one.turns, "therapist", label)) is not None
            ]
            found = _ranks(f"mindeval_{criterion}_by_{label}", pairs, rng)
            result |= {name: {**value, "ceiling": ceiling} for name, value in found.items()}
    return result


def _table(one: Labelled, p: Prediction, role: Role, labels: tuple[str, ...]) -> Counts:
    heads, table = p.labels[role]["main"], np.zeros((len(labels), len(labels)))
    decided = p.decided[role]["main"]
    for place, (turn, label) in enumerate(zip(one.turns, one.labels, strict=True)):
        if turn.role == role and label in labels:
            found = heads[int(decided[place])]
            table[labels.index(label), labels.index(found if found in labels else labels[-1])] += 1
    return table


def _one(place: int, table: Counts) -> float:
    return float(2 * table[place, place] / max(1.0, table[place].sum() + table[:, place].sum()))


def _share(p: Prediction, turns: Sequence[Turn], role: Role, label: str) -> float | None:
    """Return the mean probability of a main behaviour over a role's turns; none where it has no turn."""
    own = [place for place, turn in enumerate(turns) if turn.role == role]
    labels = p.labels[role]["main"]
    if not own or label not in labels:
        return None
    return float(p.probabilities[role]["main"][own, labels.index(label)].mean())


def _ranks(name: str, pairs: Sequence[tuple[float, float]], rng: np.random.Generator) -> Figures:
    if len(pairs) < FEW:
        return {}
    x, y = np.array(pairs).T
    found = cluster_bootstrap(lambda drawn: _spearman(x[drawn], y[drawn]), len(x), rng=rng, draws=500)
    row: Figure = {
        "value": found.estimate, "low": found.low, "high": found.high, "ceiling": None, "bar": None
    }  # fmt: skip
    return {name: row}


def _spearman(x: Counts, y: Counts) -> float:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(spearmanr(x, y).statistic)


def _between(ratings: Sequence[tuple[float, ...]]) -> float | None:
    raters = min((len(one) for one in ratings), default=0)
    if raters < 2 or len(ratings) < FEW:
        return None
    table = np.array([one[:raters] for one in ratings])
    found = [
        _spearman(table[:, place], np.delete(table, place, axis=1).mean(axis=1)) for place in range(raters)
    ]
    known = [value for value in found if not np.isnan(value)]
    return float(np.mean(known)) if known else None
