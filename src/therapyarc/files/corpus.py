"""Archived transcripts: what people really said, read from a user's own copy."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from therapyarc.domain import Case, Turn, record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["Corpus", "Transcript", "exchanges", "load_corpus"]

_CONTEXT_WORDS = 700
"""Words of earlier turns that a case carries at most; older turns are left out whole."""


@record
class Transcript:
    """One archived session."""

    id: str
    """Id within its corpus."""
    labels: dict[str, str] = field(default_factory=dict)
    """What is known of the whole session, such as `quality: high`. Never shown to raters."""
    turns: tuple[Turn, ...]
    """The turns; utterances of one speaker in a row are one turn."""


@record
class Corpus:
    """Transcripts in the order of the file."""

    records: tuple[Transcript, ...]
    """The transcripts."""


def load_corpus(path: Path, form: Literal["annomi", "csv", "jsonl"]) -> Corpus:
    """Read transcripts.

    `annomi`: the original AnnoMI file, one row an utterance and annotator; annotators are collapsed, `mi_quality`
    becomes the label `quality`. `csv`: columns `transcript`, `role` (client or therapist), `text`, optionally
    `onset_s`; any other column that is constant within each transcript becomes a label. `jsonl`: one transcript a line,
    `{"id": ..., "labels": {...}, "turns": [{"role": ..., "text": ...}]}`. Rows without text are left out.

    Raises
    ------
    FaultyFileError
        With every fault of the file: absent columns, unknown roles, duplicate transcripts, broken lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _faulty([_fault(path, None, "", "", f"cannot be read as UTF-8 text: {error}")]) from error
    faults: list[Fault] = []
    records = (
        list(_from_jsonl(path, text, faults)) if form == "jsonl" else _from_rows(path, text, form, faults)
    )
    if not records and not faults:
        faults.append(_fault(path, None, "", "", "holds no transcript; check that it is the right file"))
    if faults:
        raise _faulty(faults)
    return Corpus(records=tuple(records))


def exchanges(
    corpus: Corpus,
    *,
    per_transcript: int | None,
    context_turns: int,
    min_client_words: int,
    min_therapist_words: int,
    rng: np.random.Generator,
) -> tuple[Case, ...]:
    """Cut single exchanges: a client turn with what came before it, and the reply that was really given.

    Parameters
    ----------
    corpus
        The transcripts.
    per_transcript
        Exchanges drawn from each transcript, spread evenly over its length (one from each of so many equal parts);
        none takes all.
    context_turns
        Turns kept before the client's words, at most.
    min_client_words, min_therapist_words
        Exchanges with a shorter client turn or reply are passed over.
    rng
        Randomness of the draw.

    Returns
    -------
    The cases, in the order of the file. A case's title and traits say nothing of the transcript's labels.
    """
    found = []
    for number, transcript in enumerate(corpus.records, start=1):
        places = [
            place
            for place, (said, reply) in enumerate(zip(transcript.turns, transcript.turns[1:], strict=False))
            if (said.role, reply.role) == ("client", "therapist")
            and len(said.text.split()) >= min_client_words
            and len(reply.text.split()) >= min_therapist_words
        ]
        if per_transcript is not None and len(places) > per_transcript:
            places = [int(rng.choice(part)) for part in np.array_split(np.asarray(places), per_transcript)]
        found += [_case(transcript, number, place, context_turns) for place in places]
    return tuple(found)


def _case(transcript: Transcript, number: int, place: int, context_turns: int) -> Case:
    prior: list[Turn] = []
    budget = _CONTEXT_WORDS
    for turn in reversed(transcript.turns[max(0, place - context_turns) : place]):
        budget -= len(turn.text.split())
        if budget < 0:
            break
        prior.insert(0, turn)
    return Case(
        id=f"t{number:03d}-u{place:03d}",
        title=f"Transcript {number}, turn {place + 1}",
        prior=tuple(prior),
        words=transcript.turns[place].text,
        cluster=transcript.id,
        archived=transcript.turns[place + 1].text,
    )


_COLUMNS = {
    "annomi": {"transcript": "transcript_id", "role": "interlocutor", "text": "utterance_text"},
    "csv": {"transcript": "transcript", "role": "role", "text": "text"},
}


def _from_rows(
    path: Path, text: str, form: Literal["annomi", "csv"], faults: list[Fault]
) -> list[Transcript]:
    reader = csv.DictReader(text.splitlines(keepends=True))
    columns = dict(_COLUMNS[form])
    needed = [*columns.values(), *(["utterance_id", "mi_quality"] if form == "annomi" else [])]
    absent = [column for column in needed if column not in (reader.fieldnames or [])]
    advice = "the column is not there; add it or choose another format"
    faults.extend(_fault(path, 1, column, "", advice) for column in absent)
    if faults:
        return []
    rows: dict[str, list[Mapping[str, str]]] = {}
    seen: set[tuple[str, str]] = set()
    for row in reader:
        if None in row.values() or None in row:
            faults.append(_fault(path, reader.line_num, "", "", "has more or fewer fields than the header"))
            continue
        transcript = row[columns["transcript"]].strip()
        if form == "annomi":
            if (transcript, row["utterance_id"]) in seen:
                continue  # the same utterance, coded by another annotator
            seen.add((transcript, row["utterance_id"]))
        if row[columns["role"]].strip() not in {"client", "therapist"}:
            advice = "must be client or therapist"
            faults.append(_fault(path, reader.line_num, columns["role"], row[columns["role"]], advice))
        rows.setdefault(transcript, []).append(row)
    if faults:
        return []
    return [
        Transcript(id=name, labels=_labels(form, members), turns=_turns(form, columns, members))
        for name, members in rows.items()
    ]


def _labels(form: str, rows: list[Mapping[str, str]]) -> dict[str, str]:
    if form == "annomi":
        return {"quality": rows[0]["mi_quality"], "topic": rows[0].get("topic", "")}
    own = {"transcript", "role", "text", "onset_s"}
    return {
        name: value
        for name, value in rows[0].items()
        if name not in own and all(r[name] == value for r in rows)
    }


def _turns(form: str, columns: Mapping[str, str], rows: list[Mapping[str, str]]) -> tuple[Turn, ...]:
    spoken = []
    for row in rows:
        stamp = row.get("timestamp" if form == "annomi" else "onset_s") or ""
        spoken.append((row[columns["role"]].strip(), row[columns["text"]].strip(), _seconds(stamp)))
    return _merged(spoken)


def _seconds(stamp: str) -> float | None:
    """Return seconds of "75.5" or "00:01:15"; none where the stamp is neither."""
    try:
        total = 0.0
        for part in stamp.split(":"):
            total = 60 * total + float(part)
    except ValueError:
        return None
    return total


def _merged(spoken: list[tuple[str, str, float | None]]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for role, text, onset in spoken:
        if not text:
            continue
        if turns and turns[-1].role == role:
            turns[-1] = Turn(role=turns[-1].role, text=f"{turns[-1].text} {text}", onset_s=turns[-1].onset_s)
        else:
            turns.append(Turn(role="client" if role == "client" else "therapist", text=text, onset_s=onset))
    return tuple(turns)


def _from_jsonl(path: Path, text: str, faults: list[Fault]) -> Iterator[Transcript]:
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data: Any = json.loads(line)
            spoken = [
                (turn["role"], str(turn["text"]).strip(), turn.get("onset_s")) for turn in data["turns"]
            ]
            name = str(data["id"])
        except (ValueError, KeyError, TypeError) as error:
            advice = 'must be {"id": ..., "turns": [{"role": ..., "text": ...}]}'
            faults.append(_fault(path, number, "", str(error), advice))
            continue
        if unknown := sorted({str(role) for role, _, _ in spoken} - {"client", "therapist"}):
            faults.append(_fault(path, number, "role", ", ".join(unknown), "must be client or therapist"))
        if name in seen:
            faults.append(_fault(path, number, "id", name, "is the id of another transcript already"))
        seen.add(name)
        labels = {str(key): str(value) for key, value in dict(data.get("labels", {})).items()}
        yield Transcript(id=name, labels=labels, turns=_merged(spoken))


def _fault(path: Path, line: int | None, column: str, got: str, advice: str) -> Fault:
    return Fault(file=str(path), line=line, field=column, got=got, advice=advice)


def _faulty(faults: list[Fault]) -> FaultyFileError:
    return FaultyFileError(tuple(faults[:50]))
