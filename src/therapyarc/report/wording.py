"""Words for what the records name: reasons, constructs, tests, sides and stamps."""

from collections.abc import Iterable, Mapping

from therapyarc.domain import ArmSummary, Finding, Side
from therapyarc.report.numbers import count

__all__ = ["arm_stamps", "finding_stamps", "heading", "plain", "reason", "reasons", "side_name", "stamps", "test"]

DEMONSTRATION = "demonstration"
SYNTHETIC = "synthetic: scripted"

_REASONS = {
    "declined": "chose not to answer",
    "refused": "refused by the model or its provider",
    "empty": "reply without text",
    "truncated": "cut off at the token limit",
    "unreadable": "cannot be read without guessing",
    "failed": "call failed after all retries",
    "overlong": "longer than the model's context",
    "too_short": "too short to be measured",
    "not_administered": "planned, not done",
    "ended_early": "session ended before this point",
    "dropped_out": "left the study before this point",
}
_TESTS = {
    "exact": "exact, as if without ties",
    "exact_permutation": "exact permutation, ties kept",
    "asymptotic": "normal approximation",
    "asymptotic_continuity": "normal approximation, continuity correction",
    "asymptotic_tie": "normal approximation, tie correction",
    "asymptotic_tie_continuity": "normal approximation, tie and continuity correction",
    "permutation": "exact sign flips",
    "monte_carlo_permutation": "random sign flips",
    "sign": "sign test",
}


def plain(name: str) -> str:
    """Return a machine name as words: `anticipation_of_emotion` is "anticipation of emotion"."""
    return name.replace("_", " ")


def heading(name: str) -> str:
    """Return a machine name as words that begin a line."""
    words = plain(name)
    return words[:1].upper() + words[1:]


def reason(missing: str) -> str:
    """Return why a value is not there; an unknown reason stands as it is."""
    return _REASONS.get(missing, plain(missing))


def reasons(missing: Mapping[str, int]) -> str:
    """Return counts by reason, or nothing where nothing is missing."""
    return "; ".join(f"{count(n)} {reason(name)}" for name, n in missing.items() if n)


def test(variant: str) -> str:
    """Return the name of a test's variant in words."""
    return _TESTS.get(variant, plain(variant))


def side_name(side: Side, arms: Mapping[str, ArmSummary]) -> str:
    """Return a name for a side that fits over a column: its only arm's label, or its first arm and how many more."""
    if len(side.arms) < 2:
        return side.label
    first = arms[side.arms[0]].label if side.arms[0] in arms else side.arms[0]
    return f"{first} and {len(side.arms) - 1} more" if len(side.label) > 40 else side.label


def stamps(*, demonstration: bool, synthetic: bool) -> tuple[str, ...]:
    """Return the stamps that must stand wherever such actors' figures stand."""
    return (DEMONSTRATION,) * demonstration + (SYNTHETIC,) * synthetic


def arm_stamps(arm: ArmSummary) -> tuple[str, ...]:
    """Return an arm's stamps."""
    return stamps(demonstration=arm.demonstration, synthetic=arm.synthetic)


def finding_stamps(findings: Finding | Iterable[Finding]) -> tuple[str, ...]:
    """Return the stamps of all sides of one finding or of several."""
    several = (findings,) if isinstance(findings, Finding) else tuple(findings)
    sides = [side for finding in several for side in (finding.first, finding.second) if side is not None]
    return stamps(
        demonstration=any(side.demonstration for side in sides), synthetic=any(side.synthetic for side in sides)
    )
