"""Transcripts labelled as a whole: counselling of high and of low quality."""

import re
from pathlib import Path
from typing import Literal

from therapyarc.domain import Turn
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.labelled import Labelled

__all__ = ["read_hlqc"]

_SPEAKER = re.compile(r"^\s*(T|Therapist|Counsell?or|C|Client|Patient)\s*[:\-]\s*(.*)$", re.IGNORECASE)
_QUALITY = re.compile(r"(?:^|[^a-z])(high|low|hi|lo)(?=[^a-z]|$)", re.IGNORECASE)
_CLIENT = {"c", "client", "patient"}


def read_hlqc(path: Path) -> tuple[Labelled, ...]:
    """Read a folder of plain-text transcripts whose names, or XX

    A turn begins with `T:` or `C:` (or the whole word); a line without one goes on with the turn before it.

    Raises
    ------
    FaultyFileError
        If a file holds no turn, says neither `high` nor `low`, or there is no file.
    """
    found: list[Labelled] = []
    faults: list[Fault] = []
    for source in sorted(path.rglob("*.txt")):
        name = source.relative_to(path).as_posix()
        said = _QUALITY.findall(name)
        turns = _turns(source.read_text(encoding="utf-8-sig", errors="replace"))
        if not said or not turns:
            advice = (
                "holds no turn that begins with T: or C:" if said else "says neither high nor low in its name"
            )
            faults.append(Fault(file=str(source), line=None, field="", got="", advice=advice))
            continue
        found.append(
            Labelled(
                id=name,
                quality="high" if said[-1].lower().startswith("hi") else "low",
                turns=turns,
                labels=(None,) * len(turns),
                given=((),) * len(turns),
                finer=({},) * len(turns),
            )
        )
    if not found and not faults:
        advice = "holds no .txt transcript; give the folder that holds those of high and of low quality"
        faults.append(Fault(file=str(path), line=None, field="", got="", advice=advice))
    if faults:
        raise FaultyFileError(tuple(faults))
    return tuple(found)


def _turns(text: str) -> tuple[Turn, ...]:
    said: list[tuple[Literal["client", "therapist"], list[str]]] = []
    for line in text.splitlines():
        if match := _SPEAKER.match(line):
            said.append(("client" if match[1].lower() in _CLIENT else "therapist", [match[2].strip()]))
        elif said and line.strip():
            said[-1][1].append(line.strip())
    return tuple(Turn(role=role, text=" ".join(parts)) for role, parts in said)
