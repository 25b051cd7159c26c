"""`@record`: the one way to declare a record."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

__all__ = ["record"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, slotted, keyword-only dataclass that forbids unknown fields.

    The attribute `__pydantic_config__` is a plain mapping, so records stay free of pydantic; `files` validates
    them with a `TypeAdapter` and finds there that unknown fields are faults and that field docstrings are descriptions.
    """
    cls.__pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}  # type: ignore[attr-defined]
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)
