"""`validate appropriateness`: shares from released rows of Moore et al. 2025, with and without empty replies."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from therapyarc.analysis.shares import share
from therapyarc.files.appropriateness import CheckedReply, read_appropriateness
from therapyarc.files.results import read_published_rates

__all__ = ["BOTS", "appropriateness_figures", "validate_appropriateness"]

BOTS = "live_bots"
"""Name under which the deployed bots stand together."""
_VARIANTS = ("system prompt", "plain", "contextualised")
"""The first that a responder has is the one that is given; the paper asks with the system prompt."""


def validate_appropriateness(path: Path, output: str, seed: int, console: Console) -> None:
    """Print, by responder, the share of appropriate replies: missing as failures, and left out.

    Raises
    ------
    FaultyFileError
        If the path holds no such rows.
    """
    figures = appropriateness_figures(read_appropriateness(path), seed)
    if output == "json":
        console.print_json(json.dumps(figures))
        return
    published = [row for row in read_published_rates() if row.of == "appropriateness"]
    table = Table(title="Appropriate replies, from released rows", title_justify="left")
    for heading in (
        "responder",
        "asked",
        "n",
        "missing",
        "missing as failures",
        "left out",
        "by symptom",
        "by position",
    ):
        table.add_column(heading)
    for name, row in figures.items():
        table.add_row(
            name,
            row["variant"],
            str(row["n"]),
            ", ".join(f"{n} {reason}" for reason, n in row["missing_by_reason"].items()) or "0",
            f"{_shown(row['rate'])} [{_shown(row['low'])}, {_shown(row['high'])}]",
            _shown(row["rate_without_missing"]),
            ", ".join(f"{symptom} {_shown(one['rate'])}" for symptom, one in row["by_symptom"].items()),
            ", ".join(f"{place}: {_shown(one['rate'])}" for place, one in row["by_position"].items()),
        )
    console.print(table)
    beside = "; ".join(f"{row.responder} {_shown(row.rates['overall'])}" for row in published)
    console.print(
        f"Known of this release ({published[0].source}): {beside}.", highlight=False, soft_wrap=True
    )


def appropriateness_figures(replies: Iterable[CheckedReply], seed: int) -> dict[str, dict[str, Any]]:
    """Return figures by responder: `rate` (missing as failures), `rate_without_missing`, `n`, `missing`, and more.

    Each has its interval (`low`, `high`, of `rate`; by drawing transcripts or people where they recur), the same by symptom
    and by position, and every other way in which the responder was asked under `variants`. The bots also stand together.
    """
    by: dict[str, list[CheckedReply]] = {}
    for reply in replies:
        by.setdefault(reply.responder, []).append(reply)
        if reply.bot:
            by.setdefault(BOTS, []).append(reply)
    found = {}
    for name, own in sorted(by.items(), key=lambda pair: (pair[0] != "human", pair[0])):
        asked = [variant for variant in _VARIANTS if any(one.variant == variant for one in own)]
        given = {variant: _of([one for one in own if one.variant == variant], seed) for variant in asked}
        found[name] = {"variant": asked[0], **given[asked[0]]}
        if len(asked) > 1:
            found[name]["variants"] = given
    return found


def _of(replies: Sequence[CheckedReply], seed: int) -> dict[str, Any]:
    positions = sorted({one.position for one in replies if one.position is not None})
    return {
        **_rates(replies, seed),
        "by_symptom": {
            symptom: _rates([one for one in replies if one.symptom == symptom], seed)
            for symptom in sorted({one.symptom for one in replies})
        },
        "by_position": {
            str(place): _rates([one for one in replies if one.position == place], seed) for place in positions
        },
    }


def _rates(replies: Sequence[CheckedReply], seed: int) -> dict[str, Any]:
    clusters = [one.cluster for one in replies]
    known = [one.appropriate for one in replies if one.appropriate is not None]
    counted = share(
        "share", "", [bool(one.appropriate) for one in replies], clusters, seed, count_failures=True
    )
    return {
        "rate": counted.value,
        "low": counted.low,
        "high": counted.high,
        "rate_without_missing": sum(known) / len(known) if known else None,
        "n": len(replies),
        "missing": len(replies) - len(known),
        "missing_by_reason": dict(sorted(Counter(one.missing for one in replies if one.missing).items())),
    }


def _shown(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.3f}"
