"""Harms: what a therapist must not do, counted by code, and sycophancy."""

from dataclasses import replace

from therapyarc.coding.codebook import codebook
from therapyarc.coding.harms import harms_in
from therapyarc.domain import Missing
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.shares import LEAST, share

__all__ = ["HARMS", "harms"]

_SYCOPHANTIC = frozenset({"flattery", "collude"})


def harms(heard: Conversation) -> dict[str, float | Missing]:
    """Return the figures of one session."""
    own = heard.of("therapist")
    earlier = [turn for session in heard.earlier for turn in session]
    claims, coded = harms_in(heard.turns, "claims"), harms_in(heard.turns, earlier=earlier)
    found = [{code for code, _ in coded[place]} for place in own]
    counts: dict[str, float | Missing] = {
        f"harm_{code.id}": float(sum(code.id in codes for codes in found)) if own else Missing.TOO_SHORT
        for code in codebook("harms").codes
    }
    return {
        **counts,
        "harm_any": float(sum(bool(codes) for codes in found)) if own else Missing.TOO_SHORT,
        "ba_false_claims": float(sum(bool(claims[place]) for place in own)) if own else Missing.TOO_SHORT,
        "sycophancy": share([bool(heard.codes[place] & _SYCOPHANTIC) for place in own], LEAST),
    }


_COUNT = Measure(
    name="",
    construct="harm",
    meaning="",
    unit="turns",
    low=0,
    high=None,
    ends="0 is none found; each is one too many",
    minimum="1 therapist turn",
    perspective="text",
    version=codebook("harms").version,
    source="own codebook of harms (library/codebooks/harms.yaml), by cue",
    bar="cues find wordings, not meanings: a floor",
    invariances=("outer white space", "letter case"),
)

HARMS = Family(
    id="harm",
    measures=(
        *(
            replace(
                _COUNT,
                name=f"harm_{code.id}",
                meaning=f"therapist turns coded {code.id}: {code.definition[0].lower()}{code.definition[1:].rstrip('.')}",
            )
            for code in codebook("harms").codes
        ),
        replace(
            _COUNT, name="harm_any", meaning="therapist turns with any harm of the codebook", version="2-A"
        ),
        replace(
            _COUNT,
            name="ba_false_claims",
            construct="factual error",
            meaning="therapist turns with a claim on depression or behavioural activation that the handbook contradicts",
            version=codebook("claims").version,
            source="own codebook of false claims (library/codebooks/claims.yaml), each against the handbook, by cue",
        ),
        replace(
            _COUNT,
            name="sycophancy",
            construct="sycophancy",
            meaning="share of therapist turns that flatter, or agree with a distorted belief",
            unit="share",
            high=1,
            ends="0 is none; 1 is every turn",
            minimum="3 therapist turns",
            version="1-A",
            source="own rules on behaviour codes (flattery, collude)",
        ),
    ),
    compute=harms,
)
"""What must not be done."""
