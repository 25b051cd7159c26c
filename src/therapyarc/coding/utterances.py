"""Utterances written for this project: more training rows for the learned coders, and never part of a test."""

from importlib.resources import files

import yaml

from therapyarc.coding.learned import Role
from therapyarc.coding.training import Example
from therapyarc.domain import Turn

__all__ = ["written_utterances"]


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
