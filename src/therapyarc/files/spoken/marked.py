"""Plain text with speaker marks, WebVTT and SRT: one transcript a file."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from therapyarc.domain import Turn
from therapyarc.files.spoken.joined import Utterance, joined
from therapyarc.files.spoken.listening import Listening, unheard
from therapyarc.files.spoken.source import Source
from therapyarc.files.spoken.stamps import seconds

__all__ = ["marked_lines", "subtitle_lines", "turns_of_lines"]

_STAMP = r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])>]?"
_MARK = re.compile(
    rf"^\s*(?P<at>{_STAMP}\s*[-–|]?\s*)?[*_]{{0,2}}[\[(]?(?P<who>[^\W\d_][\w .'’/-]{{0,40}}?)[\])]?\s*"
    rf"(?P<after>{_STAMP}\s*)?[*_]{{0,2}}\s*[:：][*_]{{0,2}}\s*(?P<text>.*)$"
)
_VOICE = re.compile(r"^<v(?:\.[\w.]+)?\s+(?P<who>[^>]+)>(?P<text>.*)$")
_TIME = re.compile(r"^(?P<from>[\d:.,]+)\s*-->\s*(?P<to>[\d:.,]+)")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of speech."""

    number: int
    """Line of the file, from 1."""
    text: str
    """What stands there."""
    voice: str | None = None
    """Speaker by the format's own mark."""
    onset_s: float | None = None
    """Second at which it begins."""
    offset_s: float | None = None
    """Second at which it ends."""


def marked_lines(handle: TextIO) -> Iterator[Line]:
    """Yield the lines of plain text."""
    for number, line in enumerate(handle, 1):
        yield Line(number, line.rstrip("\n"))


def subtitle_lines(handle: TextIO) -> Iterator[Line]:
    """Yield the spoken lines of WebVTT or SRT with their times."""
    times: tuple[float | None, float | None] | None = None
    for number, whole in enumerate(handle, 1):
        line = whole.strip()
        if found := _TIME.match(line):
            times = seconds(found["from"]), seconds(found["to"])
        elif not line:
            times = None
        elif times is not None:
            voice = _VOICE.match(line)
            text = _TAG.sub("", voice["text"] if voice else line)
            yield Line(number, text, voice["who"].strip() if voice else None, *times)


def turns_of_lines(source: Source, lines: Iterable[Line], listening: Listening) -> tuple[Turn, ...]:
    """Return the turns of marked lines.

    A line without a mark goes on with the turn before it. A mark counts where its name is known or is written as names
    are, every word with a capital; "one thing: ..." is no mark.
    """
    return joined(_utterances(source, lines, listening))


def _utterances(source: Source, lines: Iterable[Line], listening: Listening) -> Iterator[Utterance]:
    begun, current, unknown, unmarked = False, None, set[str](), 0
    for line in lines:
        if not line.text.strip():
            continue
        who, said, onset = _mark(line, listening)
        if who is None:
            if current is not None:
                yield Utterance(current, said, line.onset_s, line.offset_s)
            elif not begun:
                unmarked += 1
                if unmarked == 1:
                    advice = "stands before the first speaker mark and was left out"
                    listening.unread.note(source.path, line.number, advice, said.strip())
            continue
        begun = True
        role = listening.speakers.role(who)
        current = role if role in {"client", "therapist"} else None
        if role is None and who.casefold() not in unknown:
            unknown.add(who.casefold())
            listening.unread.note(source.path, line.number, unheard(who), who, "speaker")
        if current is not None:
            yield Utterance(current, said, onset, line.offset_s)


def _mark(line: Line, listening: Listening) -> tuple[str | None, str, float | None]:
    """Return who speaks by the line's mark, what is said, and when."""
    if line.voice is not None:
        return line.voice, line.text, line.onset_s
    found = _MARK.match(line.text)
    if found is None:
        return None, line.text, line.onset_s
    who = found["who"].strip()
    if listening.speakers.role(who) is None and not all(
        word[:1].isupper() for word in re.split(r"[\s/]+", who)
    ):
        return None, line.text, line.onset_s
    stamp = found["at"] or found["after"]
    onset = seconds(stamp.strip("[]()<>-–| ")) if stamp else line.onset_s
    return who, found["text"], onset
