"""Transcripts with people's labels of each turn, in their original formats."""

import csv
from collections import Counter
from pathlib import Path

from therapyarc.domain import Turn, record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["Labelled", "read_annomi"]


@record
class Labelled:
    """One transcript with labels."""

    id: str
    """Id in its corpus."""
    quality: str
    """`high` or `low`, where the corpus says so."""
    turns: tuple[Turn, ...]
    """Utterances, not merged, since labels belong to utterances."""
    labels: tuple[str | None, ...]
    """For each, the label that most annotators gave (a tie goes to the first in the alphabet); none where it has none."""
    given: tuple[tuple[str, ...], ...]
    """For each, every annotator's label."""


def read_annomi(path: Path) -> tuple[Labelled, ...]:
    """Read AnnoMI's original file: main behaviour of the therapist, talk type of the client.

    Raises
    ------
    FaultyFileError
        If columns are absent, or nothing is labelled.
    """
    needed = {"transcript_id", "utterance_id", "interlocutor", "utterance_text", "mi_quality",
              "main_therapist_behaviour", "client_talk_type"}  # fmt: skip
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if absent := sorted(needed - set(reader.fieldnames or ())):
            advice = "is no AnnoMI file: columns are absent"
            raise FaultyFileError(
                (Fault(file=str(path), line=1, field="", got=", ".join(absent), advice=advice),)
            )
        said: dict[str, dict[int, tuple[Turn, list[str]]]] = {}
        quality: dict[str, str] = {}
        for row in reader:
            role = "client" if row["interlocutor"] == "client" else "therapist"
            column = "client_talk_type" if role == "client" else "main_therapist_behaviour"
            turns = said.setdefault(row["transcript_id"], {})
            turn = Turn(
                role="client" if role == "client" else "therapist", text=row["utterance_text"].strip()
            )
            _, labels = turns.setdefault(int(row["utterance_id"]), (turn, []))
            if row[column] not in {"", "n/a"}:
                labels.append(row[column])
            quality[row["transcript_id"]] = row["mi_quality"]
    return tuple(
        Labelled(
            id=name,
            quality=quality[name],
            turns=tuple(turn for _, (turn, _) in sorted(turns.items())),
            labels=tuple(_most(labels) for _, (_, labels) in sorted(turns.items())),
            given=tuple(tuple(labels) for _, (_, labels) in sorted(turns.items())),
        )
        for name, turns in said.items()
    )


def _most(labels: list[str]) -> str | None:
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label)) if counts else None
