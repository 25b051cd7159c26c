"""ConvoKit corpora: a folder with `utterances.jsonl` and what is known of speakers, conversations and the whole."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from therapyarc.domain import Turn
from therapyarc.files.spoken.decoding import encoding_of, opened
from therapyarc.files.spoken.listening import Listening
from therapyarc.files.spoken.source import Source
from therapyarc.files.spoken.stamps import seconds
from therapyarc.files.spoken.table import Cells, transcripts_of_rows

__all__ = ["convokit_transcripts"]

_ROLES = ("role", "type", "speaker_type", "party", "group")


def convokit_transcripts(source: Source, listening: Listening) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the conversations of a corpus.

    A speaker is known by id, or by a role that `speakers.json` or the utterance's own `meta` states. Utterances stand in the
    order of their timestamps where all of a conversation have one, and of the file otherwise.
    """
    roles = _roles(source.path, listening)
    encoding = encoding_of(source.main, listening.unread)
    passes = iter((True, False))

    def rows(heard: Callable[[int], None]) -> Iterator[Cells]:
        first = next(passes)  # the first pass may end early, so notes are those of the second
        for line, data in _objects(source.main, encoding, heard, None if first else listening):
            cells = _cells(line, data, roles, listening)
            if cells is not None:
                yield cells
            elif not first:
                advice = "lacks conversation_id (or root), speaker or text, and was left out"
                listening.unread.note(source.main, line, advice)

    yield from transcripts_of_rows(source, rows, listening, repeats=True)


def _objects(
    path: Path, encoding: str, heard: Callable[[int], None], listening: Listening | None
) -> Iterator[tuple[int, Mapping[str, object]]]:
    if path.suffix == ".json":  # early corpora: one list
        with opened(path, encoding, heard) as handle:
            yield from (
                (place, one) for place, one in enumerate(json.load(handle), 1) if isinstance(one, dict)
            )
        return
    with opened(path, encoding, heard) as handle:
        for number, line in enumerate(handle, 1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except ValueError as error:
                if listening is not None:
                    advice = f"is no JSON ({error}) and was left out; check that the corpus is whole"
                    listening.unread.note(path, number, advice, line.strip())
                continue
            if isinstance(data, dict):
                yield number, data


def _cells(
    line: int, data: Mapping[str, object], roles: Mapping[str, str], listening: Listening
) -> Cells | None:
    conversation = data.get("conversation_id") or data.get("root")
    speaker, text = data.get("speaker") or data.get("user"), data.get("text")
    if isinstance(speaker, dict):
        speaker = speaker.get("id")
    if conversation is None or speaker is None or not isinstance(text, str):
        return None
    name, stamp = str(speaker), data.get("timestamp")
    if listening.speakers.role(name) is None:
        name = _stated(data.get("meta"), listening) or roles.get(name, name)
    order = seconds(stamp) if isinstance(stamp, str | int | float) else None
    return Cells(line=line, transcript=str(conversation), speaker=name, text=text, order=order)


def _stated(meta: object, listening: Listening) -> str | None:
    """Return the known role that some metadata state."""
    if not isinstance(meta, dict):
        return None
    stated = (str(meta[name]) for name in _ROLES if meta.get(name) is not None)
    return next((one for one in stated if listening.speakers.role(one) is not None), None)


def _roles(folder: Path, listening: Listening) -> dict[str, str]:
    path = next(
        (folder / name for name in ("speakers.json", "users.json") if (folder / name).is_file()), None
    )
    if path is None:
        return {}
    try:
        data: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        listening.unread.note(
            path, None, f"cannot be read as JSON ({error}); its speakers' roles are not known"
        )
        return {}
    if not isinstance(data, dict):
        return {}
    found = {}
    for name, about in data.items():
        meta = about.get("meta", about) if isinstance(about, dict) else None
        if role := _stated(meta, listening):
            found[str(name)] = role
    return found
