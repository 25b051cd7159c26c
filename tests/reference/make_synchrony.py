"""Make synchrony.json with other people's packages: `PYTHONPATH=src python tests/reference/make_synchrony.py`.

Needs convokit (its Coordination alone: `pip install --no-deps convokit`, then pymongo, pandas, scikit-learn, nltk, tqdm,
dill), gensim, POT and align (ALIGN), and what `therapyarc.text` needs. Kept of ConvoKit's lexicon is only which marker a
turn has.
"""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import ot  # type: ignore[import-not-found,unused-ignore]  # an oracle, not installed with the package
from convokit import (  # type: ignore[import-not-found,unused-ignore]  # as above
    Coordination,
    Corpus,
    Speaker,
    Utterance,
)
from convokit.coordination.coordinationScore import (  # type: ignore[import-not-found,unused-ignore]  # as above
    CoordinationWordCategories,
)
from gensim.models import KeyedVectors  # type: ignore[import-not-found,unused-ignore]  # as above

from therapyarc.text import stem, words
from therapyarc.text.closed import CLOSED
from therapyarc.text.embedding import DIMENSIONS, embed
from therapyarc.text.words import is_content

LINES = (
    "I have felt so low since March, and I never go out any more.",
    "It sounds as if the whole spring has weighed on you. What was the hardest part of this week?",
    "My sister rang on Sunday and I let the phone ring. I felt ashamed of that afterwards.",
    "You felt ashamed of letting the phone ring. Would a short walk with your sister help?",
    "A walk, maybe. Sunday walks were our habit, Sunday after Sunday, before the move.",
    "The move took those Sunday walks away, and the evenings grew long.",
    "Work is fine. The money is fine. Sleep is the trouble, sleep and early waking.",
    "Early waking, tired days, cancelled plans: one pulls the next along.",
    "Exactly, tired days and cancelled plans.",
    "Pick one plan for Friday morning, small enough to keep.",
    "Feeding the neighbour's cat on Friday morning, then coffee.",
    "Coffee after the cat. How will you remember it?",
)


def coordination(rng: np.random.Generator) -> list[dict[str, object]]:
    """Return talks as marker strings, and ConvoKit's score of each speaker for each marker."""
    function = sorted({word for listed in CLOSED.values() for word in listed.split()})
    found: list[dict[str, object]] = []
    for talk in range(24):
        names = ("client", "therapist")
        said, heavy = [], rng.choice(function, 12)
        for turn in range(40):
            own = [
                str(word)
                for word in rng.choice(function if rng.random() < 0.6 else heavy, rng.integers(1, 9))
            ]
            said.append(
                Utterance(
                    id=f"{talk}.{turn}",
                    speaker=Speaker(id=f"{talk}.{names[turn % 2]}"),
                    conversation_id=f"{talk}.0",
                    reply_to=f"{talk}.{turn - 1}" if turn else None,
                    text=" ".join([*own, "table"]),
                )
            )
        corpus = Corpus(utterances=said)
        scorer = Coordination(target_thresh=3)
        scorer.fit(corpus)
        scores = scorer.pairwise_scores(corpus, corpus.speaking_pairs(), target_thresh=3)
        turns = [corpus.get_utterance(f"{talk}.{turn}").meta["liwc-categories"] for turn in range(40)]
        found.append(
            {
                "turns": ["".join(str(int(m in has)) for m in CoordinationWordCategories) for has in turns],
                "scores": {
                    speaker.id.split(".")[1]: [own.get(m) for m in CoordinationWordCategories]
                    for (speaker, _), own in scores.items()
                },
            }
        )
    return found


def transport(rng: np.random.Generator) -> dict[str, object]:
    """Return bags over random points, and what POT and gensim give for pairs of them."""
    points = rng.normal(size=(60, 5)).round(4)
    points /= np.sqrt(np.square(points).sum(axis=1, keepdims=True))
    between = np.sqrt(np.maximum(np.square(points[:, None] - points[None]).sum(axis=2), 0))
    vectors = KeyedVectors(5)
    vectors.add_vectors([f"w{place}" for place in range(60)], points)
    bags, pot, gensim = [], [], []
    for pair in range(48):
        most = (3, 8, 20, 40)[pair % 4]
        both = []
        for _ in range(2):
            kinds = np.sort(rng.choice(60, rng.integers(1, most + 1), replace=False))
            both.append({int(kind): int(rng.integers(1, 4)) for kind in kinds})
        weights = [np.array(list(bag.values()), dtype=float) for bag in both]
        cost = np.ascontiguousarray(between[np.ix_(list(both[0]), list(both[1]))])
        pot.append(float(ot.emd2(weights[0] / weights[0].sum(), weights[1] / weights[1].sum(), cost)))
        texts = [[f"w{kind}" for kind, count in bag.items() for _ in range(count)] for bag in both]
        gensim.append(float(vectors.wmdistance(*texts)))
        bags.append([list(bag.items()) for bag in both])
    return {"points": points.tolist(), "bags": bags, "pot": pot, "gensim": gensim}


def sentences() -> dict[str, object]:
    """Return gensim's distance of each two lines, on our vectors and our content words."""
    texts = [[word for word in words(line) if len(word) > 2 and is_content(word)] for line in LINES]
    kinds = sorted({word for text in texts for word in text})
    vectors = KeyedVectors(DIMENSIONS)
    vectors.add_vectors(kinds, embed(kinds))
    pairs = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))]
    return {"lines": LINES, "gensim": [float(vectors.wmdistance(texts[a], texts[b])) for a, b in pairs]}


def lexical() -> dict[str, list[float]]:
    """Return ALIGN's cosines of each line and the one before it, on our stems: of stems, and of neighbouring stems."""
    import_module("align")
    own = sys.modules["align.calculate_alignment"]  # the package hides it behind a function of the same name
    stems = [[stem(word) for word in words(line)] for line in LINES]
    return {
        name: [
            float(own.get_cosine(*own.ngram_lexical(now, before, size))) for before, now in pairwise(stems)
        ]
        for name, size in (("stems", 1), ("stem_pairs", 2))
    }


if __name__ == "__main__":
    made = {
        "versions": {
            name: version(name) for name in ("convokit", "gensim", "pot", "align", "numpy", "wordllama")
        },
        "coordination": coordination(np.random.default_rng(1)),
        "transport": transport(np.random.default_rng(2)),
        "sentences": sentences(),
        "lexical": lexical(),
    }
    Path(__file__).with_name("synchrony.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
