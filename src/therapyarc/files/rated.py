"""MindEval's conversations with ratings (Pombal et al. 2025): model therapists rated on five criteria."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from therapyarc.domain import Turn, record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["CRITERIA", "RatedConversation", "read_mindeval"]

CRITERIA = {
    "accuracy": "clinicalaccuracy",
    "ethics": "ethical",
    "assessment": "assessment",
    "relationship": "therapeuticrelationship",
    "communication": "aispecific",
}
"""Our name of each criterion and how its name begins in the corpus, in lower case and letters alone."""


@record
class RatedConversation:
    """One conversation and what its raters said."""

    id: str
    """File and line."""
    turns: tuple[Turn, ...]
    """Its turns."""
    ratings: Mapping[str, tuple[float, ...]]
    """By criterion, every rater's rating, 1 to 6; a criterion that nobody rated is absent."""


def read_mindeval(path: Path) -> tuple[RatedConversation, ...]:
    """Read MindEval's human annotations: JSON lines, each with an `interaction` and ratings under the criteria's names.

    `interaction` is a list of messages with `role` (`user` is the member, `assistant` the therapist; `system` is left out)
    and `content`. Ratings are found wherever they stand in the line, one rater's or a list of raters': the benchmark's
    published description names the criteria and not where the file keeps them. A mean or an overall score is not read.

    Raises
    ------
    FaultyFileError
        If a line is not JSON, holds no interaction or no rating, or there is no file.
    """
    sources = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    found: list[RatedConversation] = []
    faults: list[Fault] = []
    for source in sources:
        for number, line in enumerate(source.read_text(encoding="utf-8-sig").splitlines(), 1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except ValueError as error:
                faults.append(_fault(source, number, str(error), "is not JSON; give MindEval's .jsonl file"))
                continue
            turns = _turns(data.get("interaction") if isinstance(data, dict) else None)
            ratings: dict[str, list[float]] = {}
            for name, value in _ratings(data):
                ratings.setdefault(name, []).append(value)
            if not turns or not ratings:
                advice = (
                    "holds no rating under the criteria's names"
                    if turns
                    else "holds no `interaction` of messages"
                )
                faults.append(_fault(source, number, "", advice))
                continue
            given = {name: tuple(values) for name, values in ratings.items()}
            found.append(RatedConversation(id=f"{source.name}:{number}", turns=turns, ratings=given))
    if not found and not faults:
        faults.append(
            _fault(path, None, "", "holds no conversation; give MindEval's human annotations (.jsonl)")
        )
    if faults:
        raise FaultyFileError(tuple(faults))
    return tuple(found)


def _fault(source: Path, line: int | None, got: str, advice: str) -> Fault:
    return Fault(file=str(source), line=line, field="", got=got, advice=advice)


def _turns(messages: Any) -> tuple[Turn, ...]:
    if not isinstance(messages, list):
        return ()
    who: dict[str, Literal["client", "therapist"]] = {"user": "client", "assistant": "therapist"}
    return tuple(
        Turn(role=who[message["role"]], text=str(message.get("content", "")).strip())
        for message in messages
        if isinstance(message, dict) and message.get("role") in who
    )


def _ratings(data: Any) -> Iterator[tuple[str, float]]:
    """Yield criterion and rating wherever a number from 1 to 6 stands under a criterion's name."""
    if isinstance(data, list):
        for one in data:
            yield from _ratings(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            plain = "".join(filter(str.isalpha, str(key).lower()))
            name = next((ours for ours, begins in CRITERIA.items() if plain.startswith(begins)), None)
            values = value if isinstance(value, list) else [value]
            if name and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
                yield from ((name, float(v)) for v in values if 1 <= v <= 6)
            elif key != "interaction":
                yield from _ratings(value)
