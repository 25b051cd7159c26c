"""JSON: a transcript an object with its turns, or an utterance an object; chats as language models are given them."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from therapyarc.domain import Turn
from therapyarc.files.spoken.columns import Row, UnclearColumnsError, columns_of
from therapyarc.files.spoken.decoding import encoding_of, opened
from therapyarc.files.spoken.delimited import SAMPLE, cells_of
from therapyarc.files.spoken.joined import Utterance, joined
from therapyarc.files.spoken.listening import Listening, unheard
from therapyarc.files.spoken.source import Source
from therapyarc.files.spoken.stamps import seconds
from therapyarc.files.spoken.table import Cells, transcripts_of_rows

__all__ = ["json_transcripts", "jsonl_transcripts", "spoken_text", "turns_of_objects"]

TURNS = ("turns", "messages", "utterances", "dialog", "dialogue", "conversation", "conversations")
"""Names under which an object holds its turns."""
_IDS = (
    "id",
    "transcript",
    "transcript_id",
    "session",
    "session_id",
    "conversation_id",
    "dialogue_id",
    "name",
)
_WHO = ("role", "speaker", "from", "who", "author", "interlocutor")
_SAID = ("text", "content", "value", "utterance", "message")
_SHAPE = 'must be {"id": ..., "turns": [{"role": ..., "text": ...}]} or {"transcript": ..., "role": ..., "text": ...}'
LARGEST = 256 << 20
"""Bytes of a `.json` file above which it is not read, since it must be held whole."""

Object = Mapping[str, object]


def jsonl_transcripts(
    source: Source, encoding: str, listening: Listening
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the transcripts of JSON lines, each a whole transcript or each an utterance, as the first line has it."""

    def objects(heard: Callable[[int], None], *, note: bool) -> Iterator[tuple[int, Object]]:
        with opened(source.path, encoding, heard) as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                try:
                    data = json.loads(line)
                except ValueError as error:
                    if note:
                        listening.unread.note(
                            source.path, number, f"is no JSON ({error}); {_SHAPE}", line.strip()
                        )
                    continue
                if isinstance(data, dict):
                    yield number, data
                elif note:
                    listening.unread.note(source.path, number, _SHAPE, line.strip())

    first = next(objects(lambda _: None, note=False), None)
    if first is None or _turns_in(first[1]) is not None:
        for number, data in objects(listening.heard, note=True):
            yield from _transcript(source, number, data, listening)
        return
    yield from _utterances(source, objects, listening)


def json_transcripts(source: Source, listening: Listening) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the transcripts of a JSON file: an Inspect log, a transcript, or a list of transcripts or utterances."""
    if source.size() > LARGEST:
        advice = (
            f"is larger than {LARGEST >> 20} MiB and cannot be held whole; write one object a line (.jsonl)"
        )
        listening.unread.note(source.path, None, advice)
        return
    with opened(source.path, encoding_of(source.path, listening.unread), listening.heard) as handle:
        try:
            data: object = json.load(handle)
        except ValueError as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else None
            listening.unread.note(source.path, line, f"is no JSON ({error}); check that it is whole")
            return
    if isinstance(data, dict) and "samples" in data and "eval" in data:
        for sample in data["samples"] or ():
            yield from sample_transcript(source, sample, listening)
        return
    held = data if isinstance(data, list) else [data]
    numbered = [(None, one) for one in held if isinstance(one, dict)]
    if len(numbered) < len(held):
        listening.unread.note(
            source.path, None, f"holds {len(held) - len(numbered)} entries that are no objects; {_SHAPE}"
        )
    if numbered and _turns_in(numbered[0][1]) is None:
        yield from _utterances(source, lambda _, *, note: ((0, one) for _, one in numbered), listening)
        return
    for _, one in numbered:
        yield from _transcript(source, None, one, listening)


def sample_transcript(
    source: Source, sample: object, listening: Listening
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the messages of a sample of an Inspect log: the user is the client, the assistant the therapist."""
    if not isinstance(sample, dict) or not isinstance(sample.get("messages"), list):
        listening.unread.note(source.path, None, "holds a sample without messages, which was left out")
        return
    name = f"{sample.get('id')}, epoch {sample.get('epoch', 1)}"
    if sample.get("error"):
        listening.unread.note(
            source.path, None, f"sample {name}: ended in an error; it is measured as far as it went"
        )
    yield name, turns_of_objects(source, None, sample["messages"], listening)


def turns_of_objects(
    source: Source, line: int | None, turns: list[object], listening: Listening
) -> tuple[Turn, ...]:
    """Return the turns of a list of objects, each with a speaker and a text; others are noted and left out."""
    said, unknown = [], set[str]()
    for place, turn in enumerate(turns, 1):
        who = _first(turn, _WHO) if isinstance(turn, dict) else None
        text = _first(turn, _SAID) if isinstance(turn, dict) else None
        if who is None or text is None:
            shown = json.dumps(turn, ensure_ascii=False)
            listening.unread.note(
                source.path, line, f"turn {place} lacks role or text and was left out", shown
            )
            continue
        role = listening.speakers.role(str(who))
        if role is None and str(who) not in unknown:
            unknown.add(str(who))
            listening.unread.note(source.path, line, unheard(str(who)), str(who), "speaker")
        if role == "client" or role == "therapist":
            assert isinstance(turn, dict)
            said.append(Utterance(role, spoken_text(text), _at(turn, "onset_s"), _at(turn, "offset_s")))
    return joined(said)


def spoken_text(content: object) -> str:
    """Return the words of a message; of one in parts (text, images, reasoning) those of its text."""
    if isinstance(content, list):
        parts = [one.get("text", "") if isinstance(one, dict) else one for one in content]
        return "\n".join(part for part in parts if isinstance(part, str) and part)
    return str(content)


def _turns_in(data: Object) -> list[object] | None:
    return next((found for name in TURNS if isinstance(found := data.get(name), list)), None)


def _first(data: Object, names: tuple[str, ...]) -> object:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _at(turn: Object, name: str) -> float | None:
    found = turn.get(name)
    return seconds(found) if isinstance(found, str | int | float) else None


def _transcript(
    source: Source, line: int | None, data: Object, listening: Listening
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    turns = _turns_in(data)
    if turns is None:
        listening.unread.note(source.path, line, _SHAPE, json.dumps(data, ensure_ascii=False))
        return
    name = _first(data, _IDS)
    yield (
        ("" if name is None and line is None else str(name or line)),
        turns_of_objects(source, line, turns, listening),
    )


def _utterances(
    source: Source, objects: Callable[..., Iterator[tuple[int, Object]]], listening: Listening
) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    sample = [_plain(data) for _, data in islice(objects(lambda _: None, note=False), SAMPLE)]
    names = dict.fromkeys(name for row in sample for name in row)
    try:
        columns = columns_of(
            [{name: row.get(name, "") for name in names} for row in sample],
            listening.columns,
            listening.speakers,
            lambda advice: listening.unread.note(source.path, None, advice),
        )
    except UnclearColumnsError as error:
        listening.unread.note(source.path, 1, str(error))
        return
    passes = iter((True, False))

    def rows(heard: Callable[[int], None]) -> Iterator[Cells]:
        first = next(passes)  # the first pass may end early, so notes are those of the second
        for line, data in objects(heard, note=not first):
            row = _plain(data)
            whole = {name: row.get(name, "") for name in columns.values()}
            yield from cells_of(line, whole, columns, None if first else (source, listening))

    yield from transcripts_of_rows(source, rows, listening, repeats=False)


def _plain(data: Object) -> Row:
    return {name: "" if cell is None else spoken_text(cell) for name, cell in data.items()}
