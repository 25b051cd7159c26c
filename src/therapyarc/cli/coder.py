"""`train-coder` and `validate`: the learned coder, trained and tested on people's labels."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import optimize

from therapyarc.coding.features import Matrix, features, hashed
from therapyarc.coding.learned import LearnedCoder, RoleModel, fit_role, learned_coder, write_coder
from therapyarc.files.artefact import write_atomically
from therapyarc.files.labelled import Labelled, read_annomi
from therapyarc.stats import cluster_bootstrap, vargha_delaney

__all__ = ["train_coder", "validate_coder"]

FOLDS = 5
Role = Literal["therapist", "client"]
Coded = list[tuple[Labelled, list[dict[str, float]]]]

BARS = {
    "therapist_macro_f1": (0.796, 0.758),
    "client_macro_f1": (0.645, 0.543),
    "quality_auc": (0.925, 0.91),
    "question_f1": (None, 0.81),
}
"""Ceiling (people with people, or people's labels themselves) and bar (a stack of encoder, n-grams and cues; for questions
the question mark alone), as measured on the whole of AnnoMI."""


def train_coder(path: Path, out: Path, seed: int, console: Console) -> LearnedCoder:
    """Train on AnnoMI-format labels, test by transcripts left out, write weights and a card beside them."""
    data = read_annomi(path)
    counts = [hashed([features(one.turns, place) for place in range(len(one.turns))]) for one in data]
    order = np.random.default_rng(seed).permutation(len(data))
    folds = [set(order[place::FOLDS].tolist()) for place in range(FOLDS)]
    console.print(f"{len(data)} transcripts; {FOLDS} folds, no transcript in two", highlight=False)
    held_out: dict[int, LearnedCoder] = {}
    for left in folds:
        coder = _fit(
            [one for n, one in enumerate(data) if n not in left],
            [c for n, c in enumerate(counts) if n not in left],
        )
        held_out |= dict.fromkeys(left, coder)
    out_of_fold: Coded = [(one, held_out[n].code(one.turns)) for n, one in enumerate(data)]
    sharp = {role: _sharpness(out_of_fold, role) for role in ("therapist", "client")}
    final = _fit(data, counts, sharp)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_coder(out, final)
    figures = _figures(out_of_fold, seed)
    console.print(_table(figures, "Out of fold, by transcript"))
    card = {"data": path.name, "transcripts": len(data), "folds": FOLDS, "seed": seed, "out_of_fold": figures}
    write_atomically(out.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())
    console.print(f"weights: {out} ({out.stat().st_size / 1024:.0f} KiB)", highlight=False, soft_wrap=True)
    return final


def validate_coder(
    path: Path, output: Literal["table", "json"], *, leave_out: bool, seed: int, console: Console
) -> None:
    """Apply the shipped coder as it is to AnnoMI-format labels, and print every figure with ceiling and bar."""
    coder, data = learned_coder(), read_annomi(path)
    known = [one.id for one in data if one.id in coder.trained_on]
    used = [one for one in data if not leave_out or one.id not in coder.trained_on]
    coded: Coded = [(one, coder.code(one.turns)) for one in used]
    figures = _figures(coded, seed) if coded else {}
    if output == "json":
        console.print_json(json.dumps(figures | {"trained_on": known, "left_out": leave_out}))
        return
    console.print(_table(figures, f"The shipped coder on {len(used)} transcripts"))
    if known and not leave_out:
        console.print(
            f"{len(known)} of them it was trained on, so these figures flatter it; --leave-out-trained leaves them out. "
            "Its honest figures are those out of fold, in the model card.", highlight=False,
        )  # fmt: skip


def _fit(
    data: Sequence[Labelled], counts: Sequence[Matrix], sharp: dict[str, float] | None = None
) -> LearnedCoder:
    from scipy import sparse

    models: dict[str, RoleModel] = {}
    every = sparse.csr_matrix(sparse.vstack(counts))
    said = [(turn.role, label) for one in data for turn, label in zip(one.turns, one.labels, strict=True)]
    for role in ("therapist", "client"):
        own = [place for place, (who, label) in enumerate(said) if who == role and label is not None]
        names = [said[place][1] or "" for place in own]
        models[role] = fit_role(every[own], names, sharpness=1.0 if sharp is None else sharp[role])
    return LearnedCoder(models["therapist"], models["client"], tuple(one.id for one in data))


def _sharpness(coded: Coded, role: str) -> float:
    rows = [
        (probabilities, label)
        for one, codes in coded
        for turn, label, probabilities in zip(one.turns, one.labels, codes, strict=True)
        if turn.role == role and label is not None
    ]
    names = sorted(rows[0][0])
    p = np.log(np.array([[one[name] for name in names] for one, _ in rows]) + 1e-12)
    y = np.array([names.index(label) for _, label in rows])

    def loss(sharpness: float) -> float:
        z = sharpness * p
        return float(-(z[np.arange(len(y)), y] - np.log(np.exp(z).sum(axis=1))).mean())

    return float(optimize.minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x)


def _figures(coded: Coded, seed: int) -> dict[str, dict[str, float | None]]:
    rng = np.random.default_rng(seed)
    confusions = {role: _confusions(coded, role) for role in ("therapist", "client")}
    result: dict[str, dict[str, float | None]] = {}
    for role, (labels, tables) in confusions.items():
        result[f"{role}_macro_f1"] = _figure(f"{role}_macro_f1", tables, lambda t: float(_f1(t).mean()), rng)
        for place, label in enumerate(labels):
            result[f"{role}_f1_{label}"] = _figure("", tables, lambda t, at=place: float(_f1(t)[at]), rng)
    question = _questions(coded)
    result["question_f1"] = _figure("question_f1", question, lambda t: float(_f1(t)[1]), rng)
    high = [_reflecting(codes) for one, codes in coded if one.quality == "high"]
    low = [_reflecting(codes) for one, codes in coded if one.quality == "low"]
    if len(high) >= 2 and len(low) >= 2:
        found = vargha_delaney(high, low)
        ceiling, bar = BARS["quality_auc"]
        result["quality_auc"] = {
            "value": found.estimate, "low": found.low, "high": found.high, "ceiling": ceiling, "bar": bar
        }  # fmt: skip
    return result


def _figure(name: str, tables: "Counts", statistic: Any, rng: np.random.Generator) -> dict[str, float | None]:
    found = cluster_bootstrap(
        lambda drawn: statistic(tables[drawn].sum(axis=0)), len(tables), rng=rng, draws=500
    )
    ceiling, bar = BARS.get(name, (None, None))
    return {"value": found.estimate, "low": found.low, "high": found.high, "ceiling": ceiling, "bar": bar}


Counts = NDArray[np.float64]


def _confusions(coded: Coded, role: str) -> tuple[list[str], Counts]:
    labels = sorted(
        next(p for one, codes in coded for t, p in zip(one.turns, codes, strict=True) if t.role == role)
    )
    tables = np.zeros((len(coded), len(labels), len(labels)))
    for number, (one, codes) in enumerate(coded):
        for turn, label, probabilities in zip(one.turns, one.labels, codes, strict=True):
            if turn.role == role and label in labels:
                tables[
                    number,
                    labels.index(label),
                    labels.index(max(probabilities, key=lambda k: probabilities[k])),
                ] += 1
    return labels, tables


def _questions(coded: Coded) -> Counts:
    """Count questions found, with people's label of a question as the truth, shape (transcripts, 2, 2)."""
    tables = np.zeros((len(coded), 2, 2))
    for number, (one, codes) in enumerate(coded):
        for turn, label, probabilities in zip(one.turns, one.labels, codes, strict=True):
            if turn.role == "therapist" and label is not None:
                said = max(probabilities, key=lambda k: probabilities[k]) == "question"
                tables[number, int(label == "question"), int(said)] += 1
    return tables


def _f1(table: Counts) -> Counts:
    total = table.sum(axis=0) + table.sum(axis=1)
    return np.asarray(2 * np.diag(table) / np.maximum(total, 1))


def _reflecting(codes: Sequence[dict[str, float]]) -> float:
    """Return the mean probability of a reflection over therapist turns."""
    found = [one["reflection"] for one in codes if "reflection" in one]
    return float(np.mean(found)) if found else 0.0


def _table(figures: dict[str, dict[str, float | None]], title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "value", "95% interval (transcripts)", "ceiling", "bar"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, one in figures.items():
        shown = [
            "-" if one[key] is None else f"{one[key]:.3f}"
            for key in ("value", "low", "high", "ceiling", "bar")
        ]
        table.add_row(name, shown[0], f"{shown[1]} to {shown[2]}", shown[3], shown[4])
    return table
