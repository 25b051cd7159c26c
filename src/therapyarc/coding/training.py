"""Trains the learned coder, and tests it on transcripts left out; whatever is tuned is tuned inside the training folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from therapyarc.coding.attention import BALANCE, SHARE, Attention, Reading, States, reading
from therapyarc.coding.attention_training import fit_attention
from therapyarc.coding.features import Look, bare, blocks, look, see
from therapyarc.coding.grams import Matrix
from therapyarc.coding.learned import (
    MANY,
    ROLES,
    SHARED_HEADS,
    Encode,
    LearnedCoder,
    Linear,
    Role,
    Second,
    chances,
    neighbourhood,
)
from therapyarc.coding.linear import Floats, factor, multinomial, steps_of
from therapyarc.domain import Turn

__all__ = [
    "Answers",
    "Example",
    "Prediction",
    "alone_cross_validate",
    "cross_validate",
    "fit",
    "fit_alone",
    "predicted",
]

Answers = Mapping[str, Sequence[str]]
"""Head to what annotators said of a turn."""
Places = NDArray[np.int64]

INNER = 4
"""Folds inside the training folds."""
BARE = 0.5
"""Share of training transcripts that are shown a second time without punctuation."""
_PENALTY = 4e-4
_EACH_PENALTY = 1e-2
_SECOND_PENALTY = 1e-3


@dataclass(frozen=True, slots=True)
class Example:
    """One transcript with labels."""

    id: str
    """Its id."""
    turns: tuple[Turn, ...]
    """Its turns."""
    answers: tuple[Answers, ...]
    """What annotators said of each, by head."""


@dataclass(frozen=True, slots=True)
class _Set:
    """All transcripts, looked at once in each of two forms: as written, and without punctuation."""

    turns: tuple[tuple[Turn, ...], ...]
    """Turns of each transcript."""
    runs: Matrix
    dense: Floats
    of: Places
    """Transcript of each row."""
    states: tuple[Sequence[States], ...]
    """States of the words of each turn, by transcript; empty without the sentence encoder."""
    targets: Mapping[Role, Mapping[str, tuple[tuple[str, ...], Floats]]]
    """By role and head: labels, and share of annotators for each, shape (rows, labels); zeros where none said."""

    def rows(self, transcripts: Sequence[int]) -> Places:
        return np.asarray(np.flatnonzero(np.isin(self.of, transcripts)))


def _shown(examples: Sequence[Example], encode: Encode | None, *, plain: bool, context: bool) -> _Set:
    turns = tuple(
        tuple(Turn(role=t.role, text=bare(t.text)) if plain else t for t in one.turns) for one in examples
    )
    encoded = [None if encode is None else encode([x.text for x in t]) for t in turns]
    both = [look(t, None if of is None else of.vectors) for t, of in zip(turns, encoded, strict=True)]
    seen = [one[0] if context else one[1] for one in both]
    every = [(t.role, a) for one in examples for t, a in zip(one.turns, one.answers, strict=True)]
    targets: dict[Role, dict[str, tuple[tuple[str, ...], Floats]]] = {}
    for role in ROLES:
        said: dict[str, set[str]] = {}
        for who, answers in every:
            if who == role:
                for head, given in answers.items():
                    said.setdefault(head, set()).update(given)
        targets[role] = {}
        for head, names in sorted(said.items()):
            labels = tuple(sorted(names))
            if len(labels) < 2:
                continue
            share = np.zeros((len(every), len(labels)), dtype=np.float32)
            for row, (who, answers) in enumerate(every):
                for label in answers.get(head, ()) if who == role else ():
                    share[row, labels.index(label)] += 1 / len(answers[head])
            targets[role][head] = (labels, share)
    return _Set(
        turns,
        Matrix(sparse.vstack([one.runs for one in seen])),
        np.vstack([one.dense for one in seen]),
        np.repeat(np.arange(len(examples)), [len(one.turns) for one in examples]),
        tuple(of.states for of in encoded if of is not None),
        targets,
    )


def _first(
    written: _Set,
    plain: _Set,
    groups: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    role: Role,
    context: bool = True,
) -> dict[str, Linear]:
    """Fit stage one of a role for each group (transcripts as written, transcripts shown bare too); features from `all`."""
    heads = written.targets[role]

    def rows(of: _Set, transcripts: Sequence[int]) -> Places:
        known = np.any([share.sum(axis=1) > 0 for _, share in heads.values()], axis=0)
        own = of.rows(transcripts)
        return np.asarray(own[known[own]])

    both = {name: (rows(written, a), rows(plain, b)) for name, (a, b) in groups.items()}
    base_w, base_p = both["all"]
    taken = Look(
        Matrix(sparse.vstack([written.runs[base_w], plain.runs[base_p]])),
        np.vstack([written.dense[base_w], plain.dense[base_p]]),
    )
    seen = see(taken, blocks(taken, context=context))
    runs, dense = seen.scaled(taken)
    products = np.asarray((runs @ runs.T).todense(), dtype=np.float32) + dense @ dense.T
    found: dict[str, Linear] = {}
    for name, (w, p) in both.items():
        at = np.concatenate([np.searchsorted(base_w, w), len(base_w) + np.searchsorted(base_p, p)])
        lower = factor(products[np.ix_(at, at)])
        used = {h: v for h, v in heads.items() if name == "all" or h in SHARED_HEADS}
        columns, intercepts = [], []
        for head, (labels, share) in used.items():
            target = np.vstack([share[w], share[p]])
            known = np.flatnonzero(target.sum(axis=1) > 0)
            if head in MANY:
                alone = _each(lower.lower[known], target[known])
                columns.append(lower.rows(alone[:-1]))
                intercepts.append(alone[-1])
                continue
            counts = target[known].sum(axis=0)
            weight = target[known] @ (counts.sum() / len(labels) / np.maximum(counts, 1e-6))
            b = multinomial(lower.lower[known], target[known], weight, _PENALTY)
            columns.append(lower.rows(b[:-1]))
            intercepts.append(b[-1])
        alpha = np.hstack(columns)
        weights = np.asarray(runs[at].T @ alpha, dtype=np.float32)
        step = steps_of(weights)
        found[name] = Linear(
            {head: labels for head, (labels, _) in used.items()},
            seen,
            np.round(weights / step) * step,
            (dense[at].T @ alpha).astype(np.float32),
            np.concatenate(intercepts),
        )
    return found


def _each(x: Floats, given: Floats) -> Floats:
    """Fit each label against its absence, both weighing the same; weights as `multinomial` gives them, a column a label."""
    found = []
    for label in range(given.shape[1]):
        there = (given[:, label] > 0).astype(np.float32)
        target = np.column_stack([1 - there, there])
        weight = target @ (0.5 / np.maximum(target.mean(axis=0), 1e-6))
        b = multinomial(x, target, weight.astype(np.float32), _EACH_PENALTY)
        found.append(b[:, 1] - b[:, 0])
    return np.column_stack(found)


def _around(of: _Set, transcript: int, first: Mapping[Role, Linear]) -> Floats:
    own = of.rows([transcript])
    seen = Look(of.runs[own], of.dense[own])
    logits = {role: model.logits(seen) for role, model in first.items()}
    return neighbourhood(of.turns[transcript], logits, first)


def _second(around: Floats, target: Floats, group: Places) -> Second:
    mean, scale = around.mean(axis=0), 1 / (around.std(axis=0) + 1e-2) / np.float32(np.sqrt(around.shape[1]))
    blank = np.zeros(target.shape[1], dtype=np.float32)

    def fitted(rows: Places) -> Second:
        x = np.clip((around[rows] - mean) * scale, -5, 5)
        weights = multinomial(x, target[rows], np.ones(len(rows), np.float32), _SECOND_PENALTY)
        return Second(mean, scale, weights, blank)

    held = np.zeros_like(target)
    for left in np.unique(group):
        held[group == left] = fitted(np.flatnonzero(group != left)).probabilities(around[group == left])
    final = fitted(np.arange(len(target)))
    return Second(mean, scale, final.weights, _offsets(held, target.argmax(axis=1)))


def _offsets(p: Floats, truth: Places) -> Floats:
    """Find what to add to log probabilities for the highest macro-F1, one label at a time."""
    logs = np.log(np.maximum(p, 1e-9))
    found = np.zeros(p.shape[1], dtype=np.float32)
    grid = np.linspace(-1.2, 1.2, 25, dtype=np.float32)
    for _ in range(3):
        for label in range(p.shape[1]):
            scores = []
            for value in grid:
                tried = found.copy()
                tried[label] = value
                scores.append(_macro_f1(truth, (logs + tried).argmax(axis=1), p.shape[1]))
            smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.full(5, 0.2), mode="valid")
            found[label] = grid[int(smooth.argmax())]
    return found


def _macro_f1(truth: Places, said: Places, labels: int) -> float:
    table = np.zeros((labels, labels))
    np.add.at(table, (truth, said), 1)
    return float((2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)).mean())


def _trained(
    written: _Set, plain: _Set, train: Sequence[int], encode: Encode | None, rng: np.random.Generator
) -> LearnedCoder:
    order = rng.permutation(np.asarray(train))
    inner = {int(t): place % INNER for place, t in enumerate(order)}
    shown_bare = {int(t) for t in rng.permutation(order)[: round(BARE * len(order))]}
    groups: dict[str, tuple[Sequence[int], Sequence[int]]] = {"all": (sorted(inner), sorted(shown_bare))}
    for fold in range(INNER):
        kept = [t for t in sorted(inner) if inner[t] != fold]
        groups[str(fold)] = (kept, [t for t in kept if t in shown_bare])
    models = {role: _first(written, plain, groups, role) for role in ROLES}
    around, rows, group, sets = [], [], [], []
    for t in sorted(inner):
        held = {role: models[role][str(inner[t])] for role in ROLES}
        for number, of in enumerate((written, plain)):
            if number == 0 or t in shown_bare:
                around.append(_around(of, t, held))
                rows.append(written.rows([t]))
                group.append(np.full(len(rows[-1]), inner[t]))
                sets.append(number)
    seen, at, fold_of = np.vstack(around), np.concatenate(rows), np.concatenate(group)
    second: dict[Role, dict[str, Second]] = {role: {} for role in ROLES}
    for role in ROLES:
        for head, (_, share) in written.targets[role].items():
            if head in SHARED_HEADS:
                known = np.flatnonzero(share[at].sum(axis=1) > 0)
                second[role][head] = _second(seen[known], share[at][known], fold_of[known])
    first = {role: models[role]["all"] for role in ROLES}
    if encode is None:
        return LearnedCoder(first, second)
    attention = _attention(written, plain, sorted(inner), rng)
    return LearnedCoder(first, _decided_together(second, attention), attention=attention, encode=encode)


def _attention(written: _Set, plain: _Set, transcripts: Sequence[int], rng: np.random.Generator) -> Attention:
    targets = {(role, head): of for role in ROLES for head, of in written.targets[role].items()}
    told = np.any([share.sum(axis=1) > 0 for _, share in targets.values()], axis=0)
    rows = [row for row in written.rows(transcripts).tolist() if told[row]]
    starts = np.searchsorted(written.of, np.arange(len(written.turns)))

    def read(of: _Set) -> list[Reading]:
        places = zip(rows, of.of[rows].tolist(), strict=True)
        return [reading(of.turns[t], of.states[t], row - int(starts[t])) for row, t in places]

    own: dict[tuple[str, str], tuple[tuple[str, ...], Floats]] = {
        key: (labels, share[rows]) for key, (labels, share) in targets.items()
    }
    return fit_attention(read(written), read(plain), own, rng)


def _decided_together(
    second: Mapping[Role, Mapping[str, Second]], attention: Attention
) -> dict[Role, dict[str, Second]]:
    """Return stage two with offsets that belong to the pool: its own, and a full allowance for rarity for the layers'."""
    parts = attention.parts()
    return {
        role: {
            name: replace(
                one,
                offsets=(1 - SHARE) * one.offsets - SHARE * BALANCE * attention.prior[parts[role, name]],
            )
            for name, one in heads.items()
        }
        for role, heads in second.items()
    }


@dataclass(frozen=True, slots=True)
class Prediction:
    """What coders that had not seen a transcript made of it."""

    probabilities: Mapping[Role, Mapping[str, Floats]]
    """By role and head, shape (turns, labels)."""
    decided: Mapping[Role, Mapping[str, Places]]
    """By role and head with a stage two, the label decided on, shape (turns,)."""
    labels: Mapping[Role, Mapping[str, tuple[str, ...]]]
    """Labels of each head."""


def predicted(coder: LearnedCoder, turns: Sequence[Turn]) -> Prediction:
    """Apply a coder to a transcript."""
    heads = coder.heads(turns)
    decided = {
        role: {name: second.decided(heads[role][name]) for name, second in coder.second[role].items()}
        for role in ROLES
    }
    return Prediction(heads, decided, {role: coder.labels(role) for role in ROLES})


def cross_validate(
    examples: Sequence[Example],
    encode: Encode | None,
    folds: Sequence[Sequence[int]],
    rng: np.random.Generator,
    tell: Callable[[str], None],
) -> tuple[list[Prediction], list[Prediction]]:
    """Return what was made of each transcript by a coder trained without its fold, as written and without punctuation."""
    written = _shown(examples, encode, plain=False, context=True)
    plain = _shown(examples, encode, plain=True, context=True)
    found: dict[int, tuple[Prediction, Prediction]] = {}
    for number, left in enumerate(folds):
        train = [t for t in range(len(examples)) if t not in set(left)]
        coder = _trained(written, plain, train, encode, rng)
        for t in left:
            found[t] = (predicted(coder, written.turns[t]), predicted(coder, plain.turns[t]))
        tell(f"fold {number + 1} of {len(folds)}")
    return [found[t][0] for t in range(len(examples))], [found[t][1] for t in range(len(examples))]


def fit(examples: Sequence[Example], encode: Encode | None, rng: np.random.Generator) -> LearnedCoder:
    """Train on all examples."""
    written = _shown(examples, encode, plain=False, context=True)
    plain = _shown(examples, encode, plain=True, context=True)
    return _trained(written, plain, range(len(examples)), encode, rng)


def fit_alone(examples: Sequence[Example], encode: Encode | None, role: Role) -> Linear:
    """Train heads of single utterances of one role, without turns beside them; as written and without punctuation."""
    written = _shown(examples, encode, plain=False, context=False)
    plain = _shown(examples, encode, plain=True, context=False)
    every = range(len(examples))
    return _first(written, plain, {"all": (every, every)}, role, context=False)["all"]


def alone_cross_validate(
    examples: Sequence[Example],
    encode: Encode | None,
    role: Role,
    folds: Sequence[Sequence[int]],
    extra: Sequence[Example] = (),
) -> list[Prediction]:
    """Return what heads of single utterances, trained without its fold, made of each; all see `extra`, none is tested."""
    every = [*examples, *extra]
    written = _shown(every, encode, plain=False, context=False)
    plain = _shown(every, encode, plain=True, context=False)
    found: dict[int, Prediction] = {}
    for left in folds:
        train = [t for t in range(len(every)) if t not in set(left)]
        model = _first(written, plain, {"all": (train, train)}, role, context=False)["all"]
        for t in left:
            own = written.rows([t])
            logits = model.logits(Look(written.runs[own], written.dense[own]))
            heads = {name: chances(name, logits[:, part]) for name, part in model.parts().items()}
            found[t] = Prediction({role: heads}, {}, {role: model.heads})
    return [found[t] for t in range(len(examples))]
