"""Transcripts as people have them, read one after another: text, subtitles, tables, chats, corpora, logs.

What cannot be read is told by file and line, with what to do next, and does not stop the rest: a transcript of a real
session is seldom without a flaw.
"""

from therapyarc.files.spoken.listening import COLUMNS, Listening, Unread
from therapyarc.files.spoken.reader import Heard, read_spoken, transcripts_of
from therapyarc.files.spoken.source import SUFFIXES, Source, file_digest, sources
from therapyarc.files.spoken.speakers import SPEAKERS, Speakers, Spoken

__all__ = [
    "COLUMNS",
    "SPEAKERS",
    "SUFFIXES",
    "Heard",
    "Listening",
    "Source",
    "Speakers",
    "Spoken",
    "Unread",
    "file_digest",
    "read_spoken",
    "sources",
    "transcripts_of",
]
