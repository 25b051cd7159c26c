"""The label study: the same answer or session, said to be by a machine, by a person, or by nobody knows whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import LABELS, Estimate, RaterSpec, Rating
from therapyarc.domain.design import Design
from therapyarc.domain.safety import LabelEffect
from therapyarc.stats import cluster_bootstrap

__all__ = ["label_effects"]

DRAWS = 1000


def label_effects(design: Design, ratings: Iterable[Rating]) -> Iterator[LabelEffect]:
    """Yield the difference between each two labels, by rater of a label study and rubric.

    An answer is a reply, an exchange, a session, or a window of one. Within: the mean over answers of the paired
    difference. Randomised: the difference of the means of the answers that had each label by lot. The people of one panel
    count together: each reads an answer under one label, and who rates under which is balanced by the allocation, so that
    severity cancels on average. Intervals draw sessions (with all their answers and ratings; a single reply is a session of
    its own) with replacement and take raters as they are. A label is drawn without regard to who spoke, so a difference is
    the label's doing and says nothing of machines or people.
    """
    labelled = {
        one.id: rater for rater in design.study.raters if rater.labels != "none" for one in rater.each()
    }
    by: dict[tuple[str, str], list[Rating]] = defaultdict(list)
    for rating in ratings:
        if rating.label is not None and rating.rater in labelled:
            by[labelled[rating.rater].id, rating.rubric].append(rating)
    specs = {rater.id: rater for rater in design.study.raters}
    constructs = {rubric.id: rubric.construct for rubric in design.rubrics}
    for (name, rubric), own in sorted(by.items()):
        for first, second in combinations(LABELS, 2):
            yield _effect(specs[name], rubric, constructs[rubric], first, second, own, design.study.seed)


def _effect(
    rater: RaterSpec,
    rubric: str,
    construct: str,
    first: str,
    second: str,
    ratings: Sequence[Rating],
    seed: int,
) -> LabelEffect:
    mine = [rating for rating in ratings if rating.label in {first, second}]
    answers: dict[tuple[str, int | None], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for rating in mine:
        if rating.value is not None:
            answers[rating.session, rating.turn][rating.label == second].append(rating.value)
    within = rater.labels == "within"
    used = {place: both for place, both in answers.items() if all(both) or not within}
    reasons = Counter(str(rating.missing) for rating in mine if rating.missing is not None)
    return LabelEffect(
        rater=rater.id,
        rubric=rubric,
        construct=construct,
        design="within" if within else "randomised",
        first=first,
        second=second,
        answers=len(used),
        difference=_difference(used, within, np.random.default_rng(seed)),
        missing=dict(sorted(reasons.items())),
        demonstration=rater.demonstration,
    )


def _difference(
    answers: Mapping[tuple[str, int | None], tuple[list[float], list[float]]],
    within: bool,
    rng: np.random.Generator,
) -> Estimate:
    name, label = "label_difference", "difference in points"
    if not answers:
        return Estimate(name=name, label=label, reason="no answer has a value under both labels")
    of: dict[str, list[tuple[float, int, float, int]]] = defaultdict(list)
    for (session, _), (a, b) in answers.items():
        of[session].append(
            (float(np.mean(a)), 1, float(np.mean(b)), 1) if within else (sum(a), len(a), sum(b), len(b))
        )
    sums = np.array([np.sum(own, axis=0) for own in of.values()])

    def apart(drawn: NDArray[np.intp]) -> float:
        total, n, other, m = sums[drawn].sum(axis=0)
        return float(total / n - other / m) if n and m else float("nan")

    return estimate(name, label, cluster_bootstrap(apart, len(sums), rng=rng, draws=DRAWS))
