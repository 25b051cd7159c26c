"""Inspect's logs, read without Inspect: a zip archive with a JSON file for each sample.

The samples of a log are compressed with Zstandard, which the standard library cannot open before Python 3.14; pyarrow can.
"""

import json
import re
import zipfile
from collections.abc import Iterator

import pyarrow as pa

from therapyarc.domain import Turn
from therapyarc.files.spoken.listening import Listening
from therapyarc.files.spoken.objects import sample_transcript
from therapyarc.files.spoken.source import Source

__all__ = ["inspect_transcripts"]

_ZSTANDARD = 93
_SAMPLE = re.compile(r"^samples/.+\.json$")


def inspect_transcripts(source: Source, listening: Listening) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Yield the transcript of each sample of an `.eval` log, in the order of their names."""
    with zipfile.ZipFile(source.path) as archive:
        samples = sorted(
            (one for one in archive.infolist() if _SAMPLE.match(one.filename)), key=lambda i: i.filename
        )
        if not samples:
            listening.unread.note(
                source.path, None, "is an Inspect log without samples; check that the run ended"
            )
        for info in samples:
            listening.heard(info.compress_size)
            try:
                data: object = json.loads(_content(source, archive, info))
            except (ValueError, NotImplementedError, OSError) as error:
                advice = f"{info.filename} cannot be read ({error}); write the log anew with inspect log convert --to json"
                listening.unread.note(source.path, None, advice)
                continue
            yield from sample_transcript(source, data, listening)


def _content(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != _ZSTANDARD:
        return archive.read(info)
    with source.path.open("rb") as handle:
        handle.seek(info.header_offset)
        local = handle.read(30)
        handle.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
        packed = handle.read(info.compress_size)
    content: bytes = pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read()
    return content
