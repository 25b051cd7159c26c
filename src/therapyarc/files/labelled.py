"""Transcripts with people's labels of each turn, in their original formats."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from therapyarc.domain import Turn, record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["Labelled", "read_annomi", "read_bolt"]


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
    finer: tuple[Mapping[str, tuple[str, ...]], ...]
    """For each, every annotator's answer to finer questions of the corpus, by question; empty where it asks none."""
    topic: str = ""
    """What it is about, where the corpus says so."""


_FINER = {
    "reflection": "reflection_exists",
    "question": "question_exists",
    "input": "therapist_input_exists",
    "reflection_kind": "reflection_subtype",
    "question_kind": "question_subtype",
    "input_kind": "therapist_input_subtype",
}
_ASKED_OF_NONE = {"", "n/a"}


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
        said: dict[str, dict[int, tuple[Turn, list[str], dict[str, list[str]]]]] = {}
        quality: dict[str, str] = {}
        topics: dict[str, str] = {}
        for row in reader:
            role = "client" if row["interlocutor"] == "client" else "therapist"
            column = "client_talk_type" if role == "client" else "main_therapist_behaviour"
            turns = said.setdefault(row["transcript_id"], {})
            turn = Turn(
                role="client" if role == "client" else "therapist", text=row["utterance_text"].strip()
            )
            _, labels, finer = turns.setdefault(int(row["utterance_id"]), (turn, [], {}))
            if row[column] not in _ASKED_OF_NONE:
                labels.append(row[column])
            for question, asked in _FINER.items():
                if row.get(asked, "") not in _ASKED_OF_NONE:
                    finer.setdefault(question, []).append(row[asked].lower())
            topics[row["transcript_id"]] = row.get("topic", "").strip()
            quality[row["transcript_id"]] = row["mi_quality"]
    return tuple(
        Labelled(
            id=name,
            quality=quality[name],
            turns=tuple(turn for _, (turn, _, _) in sorted(turns.items())),
            labels=tuple(_most(labels) for _, (_, labels, _) in sorted(turns.items())),
            given=tuple(tuple(labels) for _, (_, labels, _) in sorted(turns.items())),
            finer=tuple(
                {question: tuple(answers) for question, answers in finer.items()}
                for _, (_, _, finer) in sorted(turns.items())
            ),
            topic=topics[name],
        )
        for name, turns in said.items()
    )


def _most(labels: list[str]) -> str | None:
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label)) if counts else None


_BOLT = {
    "Questions on Experiences": "question_experience",
    "Questions on Perspectives": "question_perspective",
    "Questions on Emotions": "question_emotion",
    "Reflections on Emotions": "reflection_emotion",
    "Reflections on Needs": "reflection_need",
    "Reflections on Values": "reflection_value",
    "Reflections on Consequences": "reflection_consequence",
    "Reflections on Strengths": "reflection_strength",
    "Reflections on Conflicts": "reflection_conflict",
    "Problem-Solving": "problem_solving",
    "Planning": "planning",
    "Normalizing": "normalising",
    "Psychoeducation": "teaching",
    "Changing Unhealthy Behavior": "change",
    "Sustaining Unhealthy Behavior": "sustain",
    "Sharing Negative Emotions": "negative_feeling",
    "Sharing Positive Emotions": "positive_feeling",
    "Sharing Experiences": "event",
    "Gained Insights": "insight",
}


def read_bolt(path: Path) -> tuple[Labelled, ...]:
    """Read BOLT's utterances: a folder of `*therapist*.csv` and `*client*.csv`, each with `prompt` and `completion`.

    Each utterance is a transcript of its own, since the corpus gives no turns beside it. The corpus gives an utterance with
    several labels as several rows; they are read as one, with all its labels in `given`, so that no utterance can be trained
    on under one label and tested under another.

    Raises
    ------
    FaultyFileError
        If there is no such file, or a label is unknown.
    """
    sources = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    found: dict[tuple[str, str], Labelled] = {}
    faults: list[Fault] = []
    for source in sources:
        with source.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if absent := sorted({"prompt", "completion"} - set(reader.fieldnames or ())):
                advice = "is no BOLT file: columns are absent"
                faults.append(Fault(file=str(source), line=1, field="", got=", ".join(absent), advice=advice))
                continue
            for number, row in enumerate(reader):
                label = _BOLT.get(row["completion"].strip())
                if label is None:
                    advice = "is no label of BOLT"
                    faults.append(
                        Fault(
                            file=str(source),
                            line=number + 2,
                            field="completion",
                            got=row["completion"],
                            advice=advice,
                        )
                    )
                    continue
                role: Literal["client", "therapist"] = "client" if "client" in source.name else "therapist"
                key = (role, " ".join(row["prompt"].lower().split()))
                before = found[key].given[0] if key in found else ()
                found[key] = Labelled(
                    id=found[key].id if key in found else f"{source.stem}:{number}",
                    quality="",
                    turns=(Turn(role=role, text=row["prompt"].strip()),),
                    labels=((*before, label)[0],),
                    given=(tuple(dict.fromkeys((*before, label))),),
                    finer=({},),
                )
    if not found and not faults:
        advice = "holds no BOLT file; give the folder with finetune_therapist_*.csv and finetune_client_*.csv"
        faults.append(Fault(file=str(path), line=0, field="", got="", advice=advice))
    if faults:
        raise FaultyFileError(tuple(faults))
    return tuple(found.values())
