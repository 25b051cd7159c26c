"""The families of synchrony, for reports and for `therapyarc measures`."""

from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.synchrony.clid import CLID_NAMES, nclid
from therapyarc.measures.synchrony.figures import SEMANTIC, STYLE, semantic, synchrony
from therapyarc.measures.synchrony.order import MINIMUM_TURNS
from therapyarc.measures.synchrony.semantic import LAGS
from therapyarc.measures.synchrony.style import style_of
from therapyarc.text.embedding import EMBEDDING

__all__ = ["NCLID", "SEMANTIC_SYNCHRONY", "SYNCHRONY", "SYNCHRONY_FAMILIES"]

_OTHER = {"therapist": "client", "client": "therapist"}
_ALIGN = "Duran, Paxton and Fusaroli 2019, Psychol Methods 24:419; with our stems and closed classes"
_RECIPROCAL = "Müller-Frommeyer, Frommeyer and Kauffeld 2019, Behav Res Methods 51:1343"
_NASIR = "Nasir, Chakravarthula, Baucom, Atkins, Georgiou and Narayanan 2019, Interspeech"
_ALONE = "means nothing without its nulls (`therapyarc.measures.synchrony.standing`)"
_BY_RESPONDER: dict[str, tuple[str, str, str]] = {
    "rlsm": (
        "reciprocal style matching of the {who}'s turns to the {other}'s before them",
        _RECIPROCAL,
        "not above shuffles on AnnoMI; falls with long turns",
    ),
    "rlsm_rolling": (
        "reciprocal style matching of the {who} to the {other} over rolling windows of three turns of each",
        _RECIPROCAL,
        "for short turns",
    ),
    "coordination": (
        "coordination of the {who}'s function words with the {other}'s: P(has | had) - P(has), mean over categories",
        "Danescu-Niculescu-Mizil, Lee, Pang and Kleinberg 2012, WWW",
        "not above shuffles on AnnoMI",
    ),
    "uptake": (
        "share of the {who}'s content words that the {other} had just used",
        "own definition",
        "above shuffles on AnnoMI",
    ),
    "word_cosine": (
        "cosine of the words of the {who}'s turns and of the {other}'s before them",
        _ALIGN,
        "",
    ),
    "word_pair_cosine": (
        "cosine of the word pairs of the {who}'s turns and of the {other}'s before them",
        _ALIGN,
        "",
    ),
    "tag_cosine": (
        "cosine of the pairs of closed-class tags of the {who}'s turns and of the {other}'s before them",
        _ALIGN,
        "closed classes alone: nouns, verbs and adjectives are one tag",
    ),
}


def _measure(
    name: str, meaning: str, source: str, bar: str, *, unit: str = "share", low: float | None = 0,
    high: float | None = 1, ends: str = "0 is none; 1 is full", minimum: str = "", licence: str = "Apache-2.0",
) -> Measure:  # fmt: skip
    return Measure(
        name=name,
        construct="linguistic synchrony",
        meaning=meaning,
        unit=unit,
        low=low,
        high=high,
        ends=ends,
        minimum=minimum or f"{MINIMUM_TURNS} merged turns of each speaker",
        perspective="text",
        version="1-A",
        source=source,
        licence=licence,
        bar=f"{_ALONE}; {bar}" if bar else _ALONE,
        chance=True,
    )


def _style() -> tuple[Measure, ...]:
    found = {
        "lsm": _measure(
            "lsm",
            "language style matching over the session; symmetric",
            "Gonzales, Hancock and Pennebaker 2010, Commun Res 37:3",
            "above pseudo-dyads on AnnoMI; on other corpora mostly length",
            minimum=f"{MINIMUM_TURNS} merged turns and 20 words of each speaker",
        )
    }
    for name, (meaning, source, bar) in _BY_RESPONDER.items():
        signed = name == "coordination"
        for who, other in _OTHER.items():
            found[f"{name}_{who}"] = _measure(
                f"{name}_{who}",
                meaning.format(who=who, other=other),
                source,
                bar,
                unit="difference of shares" if signed else "cosine" if name.endswith("cosine") else "share",
                low=-1 if signed else 0,
                ends="0 is none; above it the other is followed" if signed else "0 is none; 1 is full",
            )
    return tuple(found[name] for name in STYLE)


def _semantic() -> tuple[Measure, ...]:
    base, found = f"semantic_{EMBEDDING}", dict[str, Measure]()
    terms = "Apache-2.0; vectors MIT"
    for lag in LAGS:
        for who, other in _OTHER.items():
            name = (base if lag == 1 else f"{base}_lag{lag}") + f"_{who}"
            ago = "last turn before it" if lag == 1 else f"turn {lag} of theirs before it"
            found[name] = _measure(
                name,
                f"mean cosine of the {who}'s turn and the {other}'s {ago}",
                "own definition, on WordLlama's static vectors",
                "above shuffles on AnnoMI" if lag == 1 else "",
                unit="cosine",
                low=-1,
                ends="1 is the same direction; most turns lie near each other whatever they say",
                minimum=f"{MINIMUM_TURNS} such pairs",
                licence=terms,
            )
    found[f"{base}_convergence"] = _measure(
        f"{base}_convergence",
        "least-squares slope of the cosine of neighbouring turns over the session",
        "own definition, on WordLlama's static vectors",
        "",
        unit="cosine a session",
        low=None,
        high=None,
        ends="below 0 the two part; above 0 they come closer",
        minimum="6 neighbouring turns",
        licence=terms,
    )
    found[f"{base}_overall"] = _measure(
        f"{base}_overall",
        "cosine of the two speakers' mean turn vectors; knows no order",
        "own definition, on WordLlama's static vectors",
        "",
        unit="cosine",
        low=-1,
        ends="1 is the same direction",
        licence=terms,
    )
    return tuple(found[name] for name in SEMANTIC)


def _nclid() -> tuple[Measure, ...]:
    return tuple(
        _measure(
            name,
            f"how far the {who}'s next three turns stay from each of the {_OTHER[who]}'s turns, by Word Mover's Distance, "
            "over the session's mean distances",
            _NASIR,
            "values hold for these vectors alone",
            unit="ratio of distances",
            high=None,
            ends="0 is the same words; lower is closer",
            minimum=f"{MINIMUM_TURNS} turns with content words of each speaker, not all the same; "
            "4,000 different content words and 3,000 turns at most",
            licence="Apache-2.0; vectors MIT",
        )
        for name, who in zip(CLID_NAMES, _OTHER, strict=True)
    )


def _of_style(heard: Conversation) -> dict[str, float | Missing]:
    return synchrony(style_of(heard.turns))


def _of_semantic(heard: Conversation) -> dict[str, float | Missing]:
    return semantic(style_of(heard.turns))


def _of_nclid(heard: Conversation) -> dict[str, float | Missing]:
    return nclid(style_of(heard.turns))


SYNCHRONY = Family(id="synchrony", measures=_style(), compute=_of_style, coded=False)
"""How far two people talk alike and take up each other's words."""

SEMANTIC_SYNCHRONY = Family(id="semantic_synchrony", measures=_semantic(), compute=_of_semantic, coded=False)
"""How near what is said lies to what was said before."""

NCLID = Family(id="nclid", measures=_nclid(), compute=_of_nclid, coded=False)
"""Normalised conversational linguistic distance."""

SYNCHRONY_FAMILIES = (SYNCHRONY, SEMANTIC_SYNCHRONY, NCLID)
"""All three."""
