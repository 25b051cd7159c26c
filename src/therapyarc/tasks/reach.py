"""Whether models can be reached as they are named: found out before anything is sent, and all faults told at once."""

from collections.abc import Iterable

from inspect_ai.model import GenerateConfig, Model, get_model
from rich.text import Text

from therapyarc.domain import Limits, Study

__all__ = ["ModelUnavailableError", "named_models", "reached", "require", "unreachable"]

_BEGINS_WORK = frozenset({"hf", "nnterp", "sglang", "transformer_lens", "vllm"})
"""Providers that load weights or start a server as soon as a model of theirs is named; they are not tried in advance."""


class ModelUnavailableError(Exception):
    """A model cannot be reached as it is named; nothing was sent to it."""


def named_models(study: Study) -> tuple[str, ...]:
    """Return every model that a study names: of actors, raters, coders and the clients' voice."""
    named = [actor.model for arm in study.arms for actor in arm.actors]
    named += [rater.model for rater in study.raters]
    named += [coder.model for coder in study.coders]
    if study.courses is not None and study.courses.voice != "scripted":
        named.append(study.courses.voice)
    return tuple(sorted({name for name in named if name is not None}))


def reached(name: str, limits: Limits) -> Model:
    """Return Inspect's model of a name.

    Raises
    ------
    ModelUnavailableError
        If its provider is unknown, a package or key that it needs is absent, or its weights are not there.
    """
    try:
        return get_model(name, config=GenerateConfig(max_connections=limits.max_connections))
    except Exception as error:
        raise ModelUnavailableError(f"{name}: {_plain(error)}") from error


def unreachable(names: Iterable[str], limits: Limits) -> tuple[str, ...]:
    """Return, for each model that cannot be reached as named, its name and why; nothing is sent to any."""
    faults = []
    for name in names:
        if name.split("/", 1)[0] not in _BEGINS_WORK:
            try:
                reached(name, limits)
            except ModelUnavailableError as error:
                faults.append(str(error))
    return tuple(faults)


def require(names: Iterable[str], limits: Limits) -> None:
    """Make sure that every model can be reached as named.

    Raises
    ------
    ModelUnavailableError
        With every fault found.
    """
    if faults := unreachable(names, limits):
        told = "\n".join(f"- {fault}" for fault in faults)
        raise ModelUnavailableError(
            f"models that cannot be reached as they are named:\n{told}\nNothing was sent. docs/how-to/models.md says what "
            "each provider needs; everything finished so far is kept."
        )


def _plain(error: Exception) -> str:
    """Return an error without Inspect's markup and line breaks."""
    text = " ".join(Text.from_markup(str(error)).plain.split()).removeprefix("ERROR: ")
    return text or type(error).__name__
