"""Released rows of Moore et al. 2025 (FAccT): one reply to one stimulus, with the answer to its verification question.

Written from the description of the format (code and README of the authors' repository), not from its rows. A run's folder
is named `key=value&key=value` with `model`, `steel-man-prompt` and `contextualize` in it, `/` written as `__`. Its file,
JSON lines or CSV, has a row a reply: `condition`, `message_number` (messages of the transcript before the stimulus),
`transcript_index`, `model_response`, `verification_correct` (the answer that makes the reply appropriate) and one column
`*_classification` or more (who answered the verification question, and what).
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from therapyarc.domain import record
from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["CheckedReply", "read_appropriateness"]


@record
class CheckedReply:
    """One reply to one stimulus."""

    responder: str
    """Short name of the model or bot; `human` for people."""
    bot: bool
    """Whether it is one of the deployed therapy bots."""
    variant: str
    """`system prompt`, `plain` or `contextualised`: how the model was asked; `plain` where nothing is said."""
    symptom: str
    """`delusions`, `hallucinations`, `mania`, `suicidal` or `ocd`; other conditions as they are called."""
    position: int | None
    """Messages of the transcript before the stimulus; none where nothing is said."""
    cluster: str
    """What makes replies dependent: the transcript, or the person who answered."""
    appropriate: bool | None
    """Whether the reply is appropriate; none where there is no verdict."""
    missing: str | None
    """`empty` for no reply, `unreadable` for a reply without a verdict; none with one."""


_SHORT = {
    "meta-llama/llama-3.1-8b-instruct": "llama3.1-8b",
    "meta-llama/meta-llama-3.1-70b-instruct-turbo": "llama3.1-70b",
    "meta-llama/meta-llama-3.1-405b-instruct-turbo": "llama3.1-405b",
    "meta-llama/llama-2-7b-chat-hf": "llama2-7b",
    "meta-llama/llama-2-70b-chat-hf": "llama2-70b",
    "gpt-4o-2024-08-06": "gpt-4o",
    "human_therapist": "human",
    "human": "human",
    "people": "human",
}
_BOTS = ("noni", "serena", "pi", "therapist-characterai", "therapist-fictional-gpt")
_SYMPTOMS = (
    ("delusion", "delusions"),
    ("hallucination", "hallucinations"),
    ("mania", "mania"),
    ("suicid", "suicidal"),
    ("ocd", "ocd"),
    ("obsess", "ocd"),
    ("compuls", "ocd"),
)
_NO_TEXT = {"", "nan", "none", "null"}
_REPLY = ("model_response", "response", "reply")
"""Columns in which a reply may stand; in a file without any of them only the verdict says that one was given."""
_COMBINED = "all_combined.csv"


def read_appropriateness(path: Path) -> tuple[CheckedReply, ...]:
    """Read a file, a run's folder, or a whole copy of the authors' results.

    In a folder, `all_combined.csv` stands for all runs where it is there and can be read; otherwise every run's latest file
    of JSON lines, or CSV where there is none. `*_validation.csv` is passed over.

    Raises
    ------
    FaultyFileError
        If nothing there has the columns of the format.
    """
    if path.is_file():
        return tuple(_rows(path)) or _raise(path, "holds no row")
    combined = sorted(
        path.rglob(_COMBINED), key=lambda one: ("interjections" not in one.parts, len(one.parts))
    )
    for file in combined:
        try:
            return tuple(_rows(file))
        except FaultyFileError:
            continue  # of another experiment, such as stigma
    found: list[CheckedReply] = []
    faults: list[Fault] = []
    for file in _files(path):
        try:
            found.extend(_rows(file))
        except FaultyFileError as error:
            faults.extend(error.faults)
    if found:
        return tuple(found)
    if faults:
        raise FaultyFileError(tuple(faults))
    advice = "holds no results; give a file, a run's folder, or results/interjections of the authors' copy"
    return _raise(path, advice)


def _files(path: Path) -> Iterator[Path]:
    """Yield one file for each folder that holds some: the latest by name, JSON lines before CSV."""
    by_folder: dict[Path, list[Path]] = {}
    for file in sorted([*path.rglob("*.jsonl"), *path.rglob("*.csv")]):
        if not file.stem.endswith("_validation"):
            by_folder.setdefault(file.parent, []).append(file)
    for _, files in sorted(by_folder.items()):
        lines = [file for file in files if file.suffix == ".jsonl"]
        if len(files) > 1 and all("model=" in file.stem for file in files):
            yield from files  # runs as files, not as folders
        else:
            yield (lines or files)[-1]


def _raise(path: Path, advice: str, got: str = "") -> tuple[CheckedReply, ...]:
    raise FaultyFileError((Fault(file=str(path), line=1, field="", got=got, advice=advice),))


def _rows(path: Path) -> Iterator[CheckedReply]:
    run = _run(path)
    for number, raw in enumerate(_raw(path), start=1):
        row = {
            name.strip().lower().replace("-", "_").replace(" ", "_"): value
            for name, value in raw.items()
            if name
        }
        judged = [name for name in row if name.endswith("classification")] or [
            name for name in ("answer", "annotation") if name in row
        ]
        settled = next((name for name in ("appropriate", "correct", "is_correct") if name in row), None)
        absent = {"condition"} - set(row)
        if settled is None and not (judged and "verification_correct" in row):
            absent |= {"verification_correct", "*_classification"} - set(row)
        if absent:
            _raise(path, "is no file of checked replies: columns are absent", ", ".join(sorted(absent)))
        yield _reply(row, run, judged, settled, number)


def _raw(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                if not line.strip():
                    continue
                try:
                    data = json.loads(line)
                except ValueError:
                    data = None
                if not isinstance(data, dict):
                    raise FaultyFileError(
                        (Fault(file=str(path), line=number, field="", got="", advice="is no line of JSON"),)
                    )
                yield data
        return
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from csv.DictReader(handle)


def _run(path: Path) -> dict[str, str]:
    """Return what the names of the file and of its folders say of the run."""
    said: dict[str, str] = {}
    for part in (*path.parts[:-1], path.stem):
        if "=" in part:
            pairs = (pair.split("=", 1) for pair in part.split("&") if "=" in pair)
            said |= {name.replace("-", "_"): value.replace("__", "/") for name, value in pairs}
    return said


def _reply(
    row: Mapping[str, Any], run: Mapping[str, str], judged: Iterable[str], settled: str | None, number: int
) -> CheckedReply:
    name = _text(row.get("model")) or _text(row.get("responder")) or run.get("model", "unnamed")
    responder, bot = _responder(name)
    appropriate, missing = _verdict(row, judged, settled)
    position = _text(row.get("message_number"))
    who = ("therapist_id", "participant_id", "participant", "respondent", "annotator", "transcript_index")
    cluster = next((text for column in who if (text := _text(row.get(column)))), f"row {number}")
    return CheckedReply(
        responder=responder,
        bot=bot,
        variant=_variant(row, run),
        symptom=_symptom(_text(row["condition"])),
        position=int(float(position)) if position.replace(".", "", 1).isdigit() else None,
        cluster=cluster,
        appropriate=appropriate,
        missing=missing,
    )


def _verdict(
    row: Mapping[str, Any], judged: Iterable[str], settled: str | None
) -> tuple[bool | None, str | None]:
    replies = [row[name] for name in _REPLY if name in row]
    if replies and not any(map(_text, replies)):
        return None, "empty"
    if settled is not None and (given := _text(row[settled]).lower()):
        return given in {"true", "1", "1.0", "yes"}, None
    right = _answer(row.get("verification_correct"))
    answers = Counter(answer for name in judged if (answer := _answer(row[name])))
    if not answers or not right:
        return None, "unreadable"
    return max(sorted(answers), key=lambda answer: answers[answer]) == right, None


def _answer(value: Any) -> str:
    return _text(value).strip(" .").lower()


def _text(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in _NO_TEXT else text


def _responder(name: str) -> tuple[str, bool]:
    plain = name.strip().replace("__", "/")
    low = plain.lower()
    bot = any(low == bot or low.startswith(f"{bot}-") for bot in _BOTS)
    return _SHORT.get(low, low if bot else plain), bot


def _variant(row: Mapping[str, Any], run: Mapping[str, str]) -> str:
    def says(name: str) -> bool:
        return (_text(row.get(name)) or run.get(name, "")).lower() in {"true", "1", "1.0"}

    if says("contextualize"):
        return "contextualised"
    return "system prompt" if says("steel_man_prompt") else "plain"


def _symptom(condition: str) -> str:
    low = condition.lower()
    return next((short for cue, short in _SYMPTOMS if cue in low), low)
