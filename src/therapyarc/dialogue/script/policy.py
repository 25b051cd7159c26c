"""Policies: what a scripted therapist does, as data."""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from therapyarc.domain import record

__all__ = ["Act", "Conversation", "Move", "Policy", "PolicyError", "policy_named"]


NO_VIEW = {"keyed": (0.0, 0.0), "abstains": (1.0, 1.0)}
"""What a policy without views answers to a survey: "do not know"."""


class PolicyError(Exception):
    """There is no such scripted therapist, or a parameter lies out of its range."""


@record
class Act:
    """One thing that the policy may do in an answer."""

    act: str
    """Planted act, by its code; the empty string for filling words."""
    chance: tuple[float, float]
    """Probability at q = 0 and at q = 1; linear between."""
    say: tuple[str, ...]
    """Sentences for it, one of which is drawn; `{feeling}`, `{second}`, `{reflection}` and `{risk}` are what was heard."""
    otherwise: tuple[str, ...] = ()
    """What is said in its place where it is not done, or where nothing was heard to fill it; may be empty."""
    instead: str = ""
    """Planted act of `otherwise`."""


@record
class Move:
    """One thing that the policy may do in a turn of ongoing therapy."""

    act: str
    """Planted act, by its code."""
    chance: tuple[float, float]
    """Probability at q = 0 and at q = 1; linear between."""
    say: tuple[str, ...]
    """Sentences for it; slots in braces are what was heard or is remembered."""
    when: tuple[str, ...] = ()
    """Conditions, all of which must hold (see `conversation.Heard`)."""
    otherwise: tuple[str, ...] = ()
    """What is said where it is not done; may be empty."""
    instead: str = ""
    """Planted act of `otherwise`."""
    also: tuple[str, ...] = ()
    """Further acts that the sentences carry."""
    uptake: bool = False
    """Whether the sentences take up the client's own words or last answer."""
    once: bool = False
    """Whether it is done at most once in a session."""
    stops: bool = False
    """Whether nothing follows it in the same turn."""


@record
class Conversation:
    """How the policy behaves in ongoing therapy."""

    moves: tuple[Move, ...] = ()
    """In the order in which they are thought of."""
    most: int = 3
    """Sentences in a turn."""
    single_replies: bool = False
    """Whether every turn is simply the policy's single reply to the client's last words."""
    for_another_client: bool = False
    """Whether the turn answers the words of another client."""


@record
class Policy:
    """One scripted therapist."""

    id: str
    """Its name in study files."""
    title: str
    """What it is, in a sentence."""
    skill: float | None
    """Default of the parameter `q`; none where the policy takes no parameter."""
    knowledge: Mapping[str, tuple[float, float]]
    """Planted probability of the best option, `before` and `after` training material, at q = 0 and q = 1."""
    answers: Mapping[str, tuple[Act, ...]]
    """By kind of item, the acts in the order in which they are said."""
    conversation: Conversation
    """What it does in courses."""
    views: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict(NO_VIEW))
    """Planted answers to a survey: probability of a `keyed` option among those that give a view, and of one that `abstains`,
    at q = 0 and q = 1."""


@cache
def policy_named(name: str) -> Policy:
    """Read a policy of the library.

    Raises
    ------
    PolicyError
        If there is none of that name.
    """
    folder = files("therapyarc") / "library" / "policies"
    source = folder / f"{name}.yaml"
    if not source.is_file():
        known = sorted(
            entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
        )
        raise PolicyError(f"there is no scripted therapist {name!r}; there are {', '.join(known)}")
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    if like := data.get("like"):  # another policy's words in other circumstances
        kin = policy_named(like)
        talk = kin.conversation if data["conversation"].get("for_another_client") else Conversation()
        return replace(
            kin,
            id=data["id"],
            title=data["title"],
            skill=data.get("skill"),
            conversation=replace(talk, **data["conversation"]),
        )
    return Policy(
        id=data["id"],
        title=data["title"],
        skill=data.get("skill"),
        knowledge={when: _pair(chance) for when, chance in data["knowledge"].items()},
        answers={kind: tuple(_act(act) for act in acts) for kind, acts in data["answers"].items()},
        conversation=Conversation(
            moves=tuple(_move(move) for move in data["conversation"]["moves"]),
            most=data["conversation"]["most"],
            single_replies=data["conversation"].get("single_replies", False),
        ),
        views=NO_VIEW | {what: _pair(chance) for what, chance in data.get("views", {}).items()},
    )


def _act(data: Mapping[str, Any]) -> Act:
    return Act(
        act=data.get("act", ""),
        chance=_pair(data.get("chance", 1.0)),
        say=tuple(data["say"]),
        otherwise=tuple(data.get("otherwise", ())),
        instead=data.get("instead", ""),
    )


def _move(data: Mapping[str, Any]) -> Move:
    return Move(
        act=data["act"],
        chance=_pair(data.get("chance", 1.0)),
        say=tuple(data["say"]),
        when=tuple(data.get("when", ())),
        otherwise=tuple(data.get("otherwise", ())),
        instead=data.get("instead", ""),
        also=tuple(data.get("also", ())),
        uptake=data.get("uptake", False),
        once="once" in data,
        stops=data.get("stops", False),
    )


def _pair(chance: float | list[float]) -> tuple[float, float]:
    return (chance[0], chance[1]) if isinstance(chance, list) else (float(chance), float(chance))
