"""Speed of synchrony: `python benchmarks/synchrony.py [annomi.csv]`; without a file, on made-up sessions.

CPU seconds of one process, one thread (set OMP_NUM_THREADS=1). Beside it, in the same run and on the same turns, whichever
of ConvoKit, ALIGN, gensim and POT are installed; tests/reference/make_synchrony.py says how to install them apart from the
package. Ratios travel between machines, figures do not; docs/explanation/synchrony.md holds those of the last run.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from therapyarc.domain import Turn
from therapyarc.files.corpus import load_corpus
from therapyarc.measures.conversation import merged
from therapyarc.measures.synchrony import (
    Bags,
    bags_of,
    between_words,
    lockstep,
    nclid,
    semantic,
    standing,
    style_of,
    synchrony,
)
from therapyarc.measures.synchrony.figures import figures_of
from therapyarc.text import stem, words
from therapyarc.text.closed import CLOSED, places_of

STYLE = (
    "lsm",
    *(
        f"{name}_{who}"
        for name in ("rlsm", "rlsm_rolling", "coordination")
        for who in ("therapist", "client")
    ),
)
Whole = NDArray[np.intp]
Job = tuple[Bags, Whole, Whole, NDArray[np.float64]]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="AnnoMI's CSV")
    file = parser.parse_args().file
    sessions = [one.turns for one in load_corpus(file, "annomi").records] if file else made_up()
    turns = sum(len(merged(one)) for one in sessions)
    print(f"{len(sessions)} sessions, {turns:,} merged turns")
    styles_beside_convokit(sessions, turns)
    transport(sessions)
    whole(sessions, turns)


def made_up() -> list[tuple[Turn, ...]]:
    """Return sessions of random words, as long as those of AnnoMI."""
    rng = np.random.default_rng(1)
    function = sorted({word for listed in CLOSED.values() for word in listed.split()})
    content = [
        f"{a}{b}er" for a in ("gar", "riv", "lad", "pap", "win", "sil") for b in ("d", "t", "n", "st", "ck")
    ]
    every = function + content * 6
    return [
        tuple(
            Turn(
                role="therapist" if place % 2 else "client",
                text=" ".join(rng.choice(every, 1 + int(rng.exponential(16)))),
            )
            for place in range(75)
        )
        for _ in range(67)
    ]


def spent(work: Callable[[], object], times: int = 3) -> float:
    """Return the least CPU seconds of some runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def installed(name: str) -> ModuleType | None:
    """Return another package, or say that it is skipped."""
    if find_spec(name) is None:
        print(f"  {name}: skipped, not installed")
        return None
    return import_module(name)


def styles_beside_convokit(sessions: Sequence[Sequence[Turn]], turns: int) -> None:
    """Compare style matching and coordination with ConvoKit's coordination."""
    print("style: turns a CPU second")
    ready = [style_of(one) for one in sessions]
    ours = turns / spent(lambda: [figures_of(style_of(one), STYLE) for one in sessions])
    print(f"  ours, from text, LSM, rLSM, rolling rLSM, coordination: {ours:,.0f}")
    rest = turns / spent(lambda: [figures_of(one, STYLE) for one in ready])
    print(f"  ours, the words counted before: {rest:,.0f}")
    every = turns / spent(lambda: [synchrony(style_of(one)) for one in sessions])
    print(f"  ours, lexical figures with them: {every:,.0f}")
    beside_align(sessions, turns, every)
    convokit = installed("convokit")
    if convokit is None:
        return
    corpora = [corpus_of(convokit, number, one) for number, one in enumerate(sessions)]

    def theirs() -> None:
        for corpus in corpora:
            scorer = convokit.Coordination()
            scorer.fit(corpus)
            scorer.pairwise_scores(corpus, corpus.speaking_pairs())

    rate = turns / spent(theirs, 1)
    print(f"  ConvoKit, coordination: {rate:,.0f} (ours {ours / rate:.1f} times)")


def beside_align(sessions: Sequence[Sequence[Turn]], turns: int, ours: float) -> None:
    """Compare lexical figures with ALIGN's cosines of words, word pairs and tag pairs of neighbouring turns.

    Its own reading, spelling, lemmas and tags are left out, so that it needs none of their models: it is given our stems and
    tags, made beforehand.
    """
    if installed("align") is None:
        return
    align = sys.modules[
        "align.calculate_alignment"
    ]  # the package hides it behind a function of the same name
    said = []
    for session in sessions:
        cut = [words(turn.text) for turn in merged(session)]
        said.append([[(stem(word), str(min(places_of(word), default=9))) for word in turn] for turn in cut])

    def theirs() -> None:
        for session in said:
            for before, now in pairwise(session):
                stems = [[word for word, _ in turn] for turn in (before, now)]
                for size in (1, 2):
                    align.get_cosine(*align.ngram_lexical(*stems, size))
                align.get_cosine(*align.ngram_pos(before, now, 2))

    rate = turns / spent(theirs)
    print(
        f"  ALIGN, three cosines of words cut beforehand: {rate:,.0f} (all of ours from text {ours / rate:.1f} times)"
    )


def corpus_of(convokit: ModuleType, number: int, session: Sequence[Turn]) -> Any:
    """Return a session as ConvoKit has it (it has no types); the time for this is not counted."""
    said = [
        convokit.Utterance(
            id=f"{number}.{place}",
            speaker=convokit.Speaker(id=f"{number}.{turn.role}"),
            conversation_id=f"{number}.0",
            reply_to=f"{number}.{place - 1}" if place else None,
            text=turn.text,
        )
        for place, turn in enumerate(merged(session))
    ]
    return convokit.Corpus(utterances=said)


def transport(sessions: Sequence[Sequence[Turn]]) -> None:
    """Compare exact Word Mover's Distances of all turns of a session with each other."""
    print("exact Word Mover's Distance: pairs a CPU second")
    jobs: list[Job] = []
    for session in sessions:
        bags = bags_of([turn.text for turn in merged(session)])
        first, second = np.triu_indices(len(bags.sizes), 1)
        kept = (bags.sizes[first] > 0) & (bags.sizes[second] > 0)
        jobs.append((bags, first[kept], second[kept], between_words(bags.kinds)))
    pairs = sum(len(job[1]) for job in jobs)
    sizes = np.concatenate([np.minimum(bags.sizes[a], bags.sizes[b]) for bags, a, b, _ in jobs])
    largest = max(bags.sizes.max() for bags, *_ in jobs)
    print(f"  {pairs:,} pairs; {np.mean(sizes == 1):.0%} have a bag of one word; largest bag {largest}")
    few = jobs[: max(1, len(jobs) // 4)]
    slow = sum(len(job[1]) for job in few) / spent(lambda: over(lockstep.distances, few), 1)
    fast = slow
    if installed("numba"):
        compiled = import_module("therapyarc.measures.synchrony.compiled")
        over(compiled.distances, jobs[:1])
        fast = pairs / spent(lambda: over(compiled.distances, jobs))
        print(f"  ours, numba: {fast:,.0f}")
    print(f"  ours, numpy: {slow:,.0f}")
    sample = sampled(jobs, 4000)
    if ot := installed("ot"):
        core = import_module("ot.lp.emd_wrap").emd_c
        costs = [(a, b, np.ascontiguousarray(cost)) for a, b, cost, _ in sample]
        for name, solve in (
            ("POT, emd2", lambda: [ot.emd2(a, b, cost) for a, b, cost in costs]),
            ("POT, its compiled core", lambda: [core(a, b, cost, 100_000, 1) for a, b, cost in costs]),
        ):
            rate = len(sample) / spent(solve)
            print(f"  {name}: {rate:,.0f} (ours {fast / rate:.1f} times)")
    if gensim := installed("gensim"):
        logging.getLogger("gensim").setLevel(logging.ERROR)
        rate = beside_gensim(gensim, jobs, sample[:1000])
        print(f"  gensim, wmdistance: {rate:,.0f} (ours {fast / rate:.1f} times)")


def over(distances: Callable[..., object], jobs: Sequence[Job]) -> None:
    """Take all distances."""
    for bags, first, second, between in jobs:
        distances(bags.words, bags.counts, bags.starts, first, second, between)


Sampled = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], tuple[list[str], list[str]]]


def sampled(jobs: Sequence[Job], size: int) -> list[Sampled]:
    """Return weights, costs and words of random pairs, each pair as likely as any other."""
    rng = np.random.default_rng(1)
    lengths = np.array([len(job[1]) for job in jobs], dtype=float)
    found: list[Sampled] = []
    for place in rng.choice(len(jobs), size, p=lengths / lengths.sum()):
        bags, first, second, between = jobs[place]
        pair = rng.integers(len(first))
        cells = [slice(bags.starts[bag], bags.starts[bag + 1]) for bag in (first[pair], second[pair])]
        a, b = (bags.counts[own] / bags.counts[own].sum() for own in cells)
        texts = [
            [
                bags.kinds[word]
                for word, count in zip(bags.words[own], bags.counts[own], strict=True)
                for _ in range(count)
            ]
            for own in cells
        ]
        found.append(
            (a, b, between[np.ix_(bags.words[cells[0]], bags.words[cells[1]])], (texts[0], texts[1]))
        )
    return found


def beside_gensim(gensim: ModuleType, jobs: Sequence[Job], sample: Sequence[Sampled]) -> float:
    """Return gensim's pairs a second on the same vectors."""
    models = import_module(f"{gensim.__name__}.models")
    embedding = import_module("therapyarc.text.embedding")
    kinds = sorted({kind for job in jobs for kind in job[0].kinds})
    vectors = models.KeyedVectors(embedding.DIMENSIONS)
    vectors.add_vectors(kinds, embedding.embed(kinds))
    return len(sample) / spent(lambda: [vectors.wmdistance(*texts) for *_, texts in sample], 1)


def whole(sessions: Sequence[Sequence[Turn]], turns: int) -> None:
    """Time what a report needs."""
    print("whole corpus: CPU seconds")
    styles = [style_of(one) for one in sessions]
    [nclid(one) for one in styles[:2]]
    print(f"  nCLiD, both directions: {spent(lambda: [nclid(one) for one in styles]):.2f}")
    fresh = spent(lambda: [semantic(style_of(one)) for one in sessions])
    print(f"  semantic figures, from text: {fresh:.2f} ({turns / fresh:,.0f} turns a second)")
    took = spent(lambda: standing(styles, rng=np.random.default_rng(1)), 1)
    print(f"  all figures but nCLiD beside three nulls of 100 surrogates: {took:.2f}")


if __name__ == "__main__":
    main()
