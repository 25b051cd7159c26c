"""Profile: how often each kind of behaviour occurs, in the session and by thirds, and its distance from reference groups.

References are summary figures of high- and low-quality transcripts (AnnoMI); no words are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import sqrt
from typing import Any, Literal

import yaml

from therapyarc.domain import ActsCoder, Missing, record
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation
from therapyarc.measures.family import Family
from therapyarc.measures.groups import BLUNT, REFLECTION, RESISTANCE, resists
from therapyarc.measures.shares import LEAST, difference, share
from therapyarc.stats.percentile import percentile

__all__ = [
    "KINDS",
    "PROFILE",
    "QUANTILES",
    "REFERENCES",
    "Reference",
    "Summary",
    "distance",
    "profile",
    "published_profiles",
    "rates",
    "reference",
    "spread",
]

QUANTILES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
"""Quantiles that a summary holds."""

ReferenceName = Literal["high-quality", "low-quality"]
REFERENCES: tuple[ReferenceName, ...] = ("high-quality", "low-quality")
"""Names for `reference`: AnnoMI sessions of high and of low quality."""

KINDS: dict[str, tuple[Literal["therapist", "client"], frozenset[str]]] = {
    "reflection": ("therapist", REFLECTION),
    "open_question": ("therapist", frozenset({"open_question", "socratic"})),
    "closed_question": ("therapist", frozenset({"closed_question"})),
    "advice": ("therapist", frozenset({"advice_without_permission"})),
    "permission": ("therapist", frozenset({"advice_with_permission", "autonomy"})),
    "planning": ("therapist", frozenset({"plan", "feasibility", "homework_review"})),
    "teaching": ("therapist", frozenset({"teach"})),
    "affirmation": ("therapist", frozenset({"affirm", "validate"})),
    "confrontation": ("therapist", BLUNT),
    "acknowledgement": ("therapist", frozenset({"acknowledge"})),
    "change_talk": ("client", frozenset({"change"})),
    "sustain_talk": ("client", frozenset({"sustain"})),
    "hurt": ("client", frozenset({"negative_feeling"})),
    "resistance": ("client", RESISTANCE),
}
"""Kind of behaviour: whose it is, and its codes."""

FARTHEST = 3.0
"""Standard deviations to which a rate's distance from a group's mean is cut."""

_THIRDS = ("first", "middle", "last")


@record
class Summary:
    """How one measure is spread over the sessions of a reference group."""

    n: int
    """Sessions with a value."""
    mean: float
    """Their mean."""
    sd: float
    """Their standard deviation, n - 1 below the line; 0 for one session."""
    quantiles: tuple[float, ...]
    """At `QUANTILES`; stored to six figures, so values within 1e-5 of one count as equal to it."""

    def percentile(self, value: float) -> float:
        """Return the percentile of a value from 0 (below all) to 100 (above all) (see `therapyarc.stats.percentile`)."""
        return percentile([100 * one for one in QUANTILES], self.quantiles, value)


@record
class Reference:
    """A reference group."""

    name: ReferenceName
    """Its name."""
    source: str
    """Where its sessions come from."""
    sessions: int
    """How many."""
    measures: Mapping[str, Summary]
    """By measure; a measure that too few sessions have is left out."""

    def placement(self, measure: str, value: float | Missing) -> float | None:
        """Return the percentile of a value in the group (see `Summary.percentile`); none where either has none."""
        summary = self.measures.get(measure)
        return None if summary is None or isinstance(value, Missing) else summary.percentile(value)


def published_profiles(coder: ActsCoder) -> str:
    """Return the name of the library's file of reference figures under a coder."""
    return "annomi_profiles" if coder == "cues" else f"annomi_profiles_{coder}"


@cache
def reference(name: ReferenceName, coder: ActsCoder = "cues") -> Reference:
    """Return a reference group that ships with the package, as a coder sees it; trained coders did so out of fold.

    Raises
    ------
    KeyError
        If there is none of that name; `REFERENCES` lists them.
    """
    data = _published(coder)
    if name not in data["groups"]:
        raise KeyError(f"no reference group {name!r}; there are {', '.join(REFERENCES)}")
    group = data["groups"][name]
    return Reference(
        name=name,
        source=data["source"],
        sessions=group["sessions"],
        measures={
            measure: Summary(n=row[0], mean=row[1], sd=row[2], quantiles=tuple(row[3]))
            for measure, row in group["measures"].items()
        },
    )


@cache
def _published(coder: ActsCoder) -> Mapping[str, Any]:
    source = files("therapyarc") / "library" / "published" / f"{published_profiles(coder)}.yaml"
    published: Mapping[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return published


def rates(heard: Conversation) -> dict[str, float | Missing]:
    """Return for each kind of behaviour the share of its speaker's turns that show it."""
    return {kind: share([shown for _, shown in own]) for kind, own in _shown(heard).items()}


def _shown(heard: Conversation) -> dict[str, list[tuple[int, bool]]]:
    """Return for each kind its speaker's turns by place, and whether each shows it."""
    places = {role: heard.of(role) for role in ("therapist", "client")}
    return {
        kind: [
            (
                place,
                resists(heard, place) if kind == "resistance" else not codes.isdisjoint(heard.codes[place]),
            )
            for place in places[role]
        ]
        for kind, (role, codes) in KINDS.items()
    }


def spread(groups: Sequence[Reference]) -> dict[str, float]:
    """Return the standard deviation of each kind's rate within groups: the root of their variances pooled by n - 1."""
    result = {}
    for kind in KINDS:
        own = [found for group in groups if (found := group.measures.get(f"rate_{kind}")) is not None]
        degrees = sum(one.n - 1 for one in own)
        if degrees > 0:
            result[kind] = sqrt(sum((one.n - 1) * one.sd**2 for one in own) / degrees)
    return result


def distance(
    found: Mapping[str, float | Missing], group: Reference, within: Mapping[str, float]
) -> float | Missing:
    """Return how far a session's rates lie from a group: sqrt of the mean over kinds of z^2, z = (rate - mean) / sd.

    Each z is cut to -3 to 3, so that one rare kind cannot carry the whole. Rates that are missing, and kinds that do not
    vary, are left out; too short with fewer than half the kinds.

    Parameters
    ----------
    found
        `rates` of the session.
    group
        The group, with its measures `rate_KIND`.
    within
        Standard deviations by kind, from `spread`: one scale for all groups, so that distances can be held against
        each other.
    """
    squares = [
        min(FARTHEST, abs(rate - own.mean) / within[kind]) ** 2
        for kind, rate in found.items()
        if not isinstance(rate, Missing)
        and (own := group.measures.get(f"rate_{kind}")) is not None
        and within.get(kind, 0) > 0
    ]
    return sqrt(sum(squares) / len(squares)) if 2 * len(squares) >= len(KINDS) else Missing.TOO_SHORT


def profile(heard: Conversation) -> dict[str, float | Missing]:
    """Return rates of the session and of its thirds, and the distances from the reference groups.

    Thirds are of the session's turns, both speakers' together: of n turns the k-th third ends before turn round(k n / 3).
    """
    shown = _shown(heard)
    whole = {kind: share([one for _, one in own]) for kind, own in shown.items()}
    found: dict[str, float | Missing] = {f"rate_{kind}": rate for kind, rate in whole.items()}
    ends = [round(part * len(heard.turns) / 3) for part in range(4)]
    for third, (start, stop) in zip(_THIRDS, pairwise(ends), strict=True):
        for kind, own in shown.items():
            found[f"rate_{kind}_{third}"] = share([one for place, one in own if start <= place < stop])
    groups = [reference(name, heard.coder) for name in REFERENCES]
    within = spread(groups)
    high, low = (distance(whole, group, within) for group in groups)
    return found | {
        "distance_high_quality": high,
        "distance_low_quality": low,
        "nearer_high_quality": difference(low, high),
    }


_BASE = Measure(
    name="",
    construct="behaviour profile",
    meaning="",
    unit="share",
    low=0,
    high=1,
    ends="0 is never; 1 is every turn",
    minimum=f"{LEAST} turns of the speaker",
    perspective="text",
    version="1-A",
    source="own codebooks; codes by the coder in use",
    invariances=("outer white space", "letter case"),
)
_DISTANCE = replace(
    _BASE,
    unit="standard deviations",
    high=FARTHEST,
    ends="0 is the group's mean profile; 3 is as far as it goes in every kind",
    minimum=f"{LEAST} turns of each speaker",
    source="AnnoMI (Wu et al. 2022, ICASSP), summary figures; codes by the coder in use",
    bar="the groups' figures are of the same coder; those of trained coders were made out of fold",
)


def _named(kind: str) -> str:
    return kind.replace("_", " ")


PROFILE = Family(
    id="profile",
    measures=(
        *(
            replace(_BASE, name=f"rate_{kind}", meaning=f"share of {role} turns with {_named(kind)}")
            for kind, (role, _) in KINDS.items()
        ),
        *(
            replace(
                _BASE,
                name=f"rate_{kind}_{third}",
                meaning=f"share of {role} turns with {_named(kind)} in the {third} third of the session",
                minimum=f"{LEAST} turns of the speaker in that third",
            )
            for third in _THIRDS
            for kind, (role, _) in KINDS.items()
        ),
        replace(
            _DISTANCE,
            name="distance_high_quality",
            meaning="root mean square over kinds of (rate - mean of high-quality sessions) / sd, cut at 3",
        ),
        replace(
            _DISTANCE,
            name="distance_low_quality",
            meaning="root mean square over kinds of (rate - mean of low-quality sessions) / sd, cut at 3",
        ),
        replace(
            _DISTANCE,
            name="nearer_high_quality",
            meaning="distance from low-quality sessions less distance from high-quality ones",
            low=-FARTHEST,
            ends="below 0 is nearer to low quality; above 0 is nearer to high quality",
        ),
    ),
    compute=profile,
)
"""Rates of behaviour, their course over the session, and distance to reference groups."""
