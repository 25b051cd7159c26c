"""MIBot's conversations (Mahmood et al. 2025): smokers with a chatbot, utterances labelled by AutoMISC, a model."""

import csv
from collections.abc import Mapping
from pathlib import Path

from therapyarc.domain import Turn, record
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.labelled import Labelled

__all__ = ["Participant", "read_mibot"]

_THERAPIST = {"r": "reflection", "q": "question"}
_CLIENT = {"c": "change", "s": "sustain", "n": "neutral"}


@record
class Participant:
    """What one participant answered."""

    care: float | None
    """Mean of the ten answers on perceived empathy; none where an answer is absent."""
    confidence_change: float | None
    """Confidence to succeed a week later less that before the conversation, on 0 to 10; none where one is absent."""


def read_mibot(path: Path) -> tuple[tuple[Labelled, ...], Mapping[str, Participant]]:
    """Read a folder with `conversations.csv` and, where it is there, `data.csv`; or the former alone.

    A counsellor's `R` and `Q` are read as reflection and question and every other label as `other`; a client's `C`, `S` and
    `N` as change, sustain and neutral, another label as none.

    Returns
    -------
    Conversations by participant, and what participants answered.

    Raises
    ------
    FaultyFileError
        If the file or columns are absent, or it holds no row.
    """
    source = path / "conversations.csv" if path.is_dir() else path
    rows = _rows(source, {"ParticipantID", "Speaker", "Utterance", "AutoMISCLabel"})
    said: dict[str, list[tuple[Turn, str | None]]] = {}
    for row in rows:
        client = row["Speaker"].strip().lower() == "client"
        given = row["AutoMISCLabel"].strip().lower()
        label = _CLIENT.get(given[:1] if given[1:2] in {"", "+", "-"} else given)
        if not client:
            label = _THERAPIST.get(given[:1] if given in {"sr", "cr", "r", "q", "oq", "cq"} else "", "other")
            label = "reflection" if given in {"sr", "cr"} else "question" if given in {"oq", "cq"} else label
        turn = Turn(role="client" if client else "therapist", text=row["Utterance"].strip())
        said.setdefault(row["ParticipantID"].strip(), []).append((turn, label if given else None))
    answers = source.with_name("data.csv")
    return tuple(
        Labelled(
            id=name,
            quality="",
            turns=tuple(turn for turn, _ in turns),
            labels=tuple(label for _, label in turns),
            given=tuple((label,) if label else () for _, label in turns),
            finer=({},) * len(turns),
        )
        for name, turns in said.items()
    ), _answers(answers) if answers.is_file() else {}


def _answers(source: Path) -> dict[str, Participant]:
    rows = _rows(source, {"ParticipantID"})
    found = {}
    for row in rows:
        care = [_number(row.get(f"CAREQ{number}")) for number in range(1, 11)]
        known = [value for value in care if value is not None]
        before, after = _number(row.get("PreRulerConfidence")), _number(row.get("WeekLaterRulerConfidence"))
        found[row["ParticipantID"].strip()] = Participant(
            care=sum(known) / 10 if len(known) == 10 else None,
            confidence_change=None if before is None or after is None else after - before,
        )
    return found


def _rows(source: Path, needed: set[str]) -> list[dict[str, str]]:
    if not source.is_file():
        advice = "is absent; give the folder that holds MIBot's conversations.csv"
        raise FaultyFileError((Fault(file=str(source), line=None, field="", got="", advice=advice),))
    with source.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if absent := sorted(needed - set(reader.fieldnames or ())):
            advice = "is no MIBot file: columns are absent"
            fault = Fault(file=str(source), line=1, field="", got=", ".join(absent), advice=advice)
            raise FaultyFileError((fault,))
        rows = list(reader)
    if not rows:
        advice = "holds no row"
        raise FaultyFileError((Fault(file=str(source), line=2, field="", got="", advice=advice),))
    return rows


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text and text.strip() else None
    except ValueError:
        return None
