"""Utterances written for this project: more training rows for the learned coders, and never part of a test."""

from collections.abc import Sequence
from importlib.resources import files

import yaml

from therapyarc.coding.learned import Role
from therapyarc.coding.training import Example
from therapyarc.domain import Turn

__all__ = ["written_talk", "written_utterances"]


def _data() -> dict[str, dict[str, list[str]]]:
    source = files("therapyarc") / "library" / "coders" / "utterances.yaml"
    data: dict[str, dict[str, list[str]]] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return data


def written_utterances(role: Role) -> list[Example]:
    """Return utterances of a role with one of BOLT's codes each, under the head `bolt`."""
    return [
        Example(f"written:{code}:{number}", (Turn(role=role, text=text),), ({"bolt": (code,)},))
        for code, texts in _data()[role].items()
        for number, text in enumerate(texts)
    ]


def written_talk(labels: Sequence[str]) -> list[Example]:
    """Return client utterances with AnnoMI's talk type, under the head `main`, for those of its labels that are wanted."""
    data = _data()
    talk = {
        "change": [*data["talk"]["change"], *data["client"]["change"]],
        "sustain": [*data["talk"]["sustain"], *data["client"]["sustain"]],
        "neutral": [*data["talk"]["neutral"], *data["client"]["event"]],
    }
    return [
        Example(f"written:talk:{label}:{number}", (Turn(role="client", text=text),), ({"main": (label,)},))
        for label in sorted(set(labels) & talk.keys())
        for number, text in enumerate(talk[label])
    ]
