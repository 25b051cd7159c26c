"""From located data to records: every fault of a file at once, each with line, field, value and what to do."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.located import Located, Place

__all__ = ["schema_faults", "validated"]

T = TypeVar("T")


def validated(kind: type[T], located: Located, faults: tuple[Fault, ...] = ()) -> T:
    """Turn a file's data into a record.

    Parameters
    ----------
    kind
        The record class.
    located
        The file.
    faults
        Faults that were found by other checks; raised together with those of the schema.

    Raises
    ------
    FaultyFileError
        With all faults.
    """
    every = (*schema_faults(kind, located), *faults)
    if every:
        raise FaultyFileError(tuple(sorted(every, key=lambda fault: fault.line or 0)))
    return _adapter(kind).validate_python(_tupled(located.data))


def schema_faults(kind: type[Any], located: Located) -> tuple[Fault, ...]:
    """Return what in the file does not fit the record's fields."""
    if not isinstance(located.data, Mapping):
        return (
            located.fault((), "must be a mapping of fields; see the reference for the format", located.data),
        )
    try:
        _adapter(kind).validate_python(_tupled(located.data))
    except ValidationError as error:
        return tuple(_fault(kind, located, detail) for detail in error.errors())
    return ()


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(kind)


def _tupled(data: Any) -> Any:
    """Return lists as tuples, since records hold no lists."""
    if isinstance(data, Mapping):
        return {key: _tupled(value) for key, value in data.items()}
    return tuple(_tupled(value) for value in data) if isinstance(data, list) else data


_ADVICE = {
    "missing": "is required and not there; add it",
    "string_type": "must be text; put it in quotation marks",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list (one element a line, each with a dash before it)",
    "dict_type": "must be a mapping (name: value)",
    "dataclass_type": "must be a mapping of fields (name: value)",
}


def _fault(kind: type[Any], located: Located, detail: ErrorDetails) -> Fault:
    place: Place = tuple(part for part in detail["loc"] if part != "[key]")
    name = detail["type"]
    got: object = detail["input"]
    if name == "missing":
        return located.fault(place, _ADVICE[name])
    if name in {"unexpected_keyword_argument", "extra_forbidden"}:
        near = get_close_matches(str(place[-1]), _known_fields(kind, place[:-1]), n=1)
        advice = f"is no field here; did you mean {near[0]!r}?" if near else "is no field here; remove it"
        return located.fault(place, advice, got)
    if name == "literal_error":
        return located.fault(place, f"must be {detail['ctx']['expected']}", got)
    if isinstance(got, tuple | dict) and len(repr(got)) > 80:
        got = f"a {'list' if isinstance(got, tuple) else 'mapping'} of {len(got)}"
    return located.fault(place, _ADVICE.get(name, detail["msg"]), got)


def _known_fields(kind: Any, place: Place) -> list[str]:
    """Return the names of the fields of the record that stands at `place`."""
    schema = TypeAdapter(kind).json_schema()
    here: Any = schema
    for part in place:
        here = _step(schema, here, part)
    here = _resolved(schema, here)
    if here is None and is_dataclass(kind):
        return [field.name for field in fields(kind)]
    return list((here or {}).get("properties", {}))


def _step(schema: Any, here: Any, part: str | int) -> Any:
    here = _resolved(schema, here) or {}
    if isinstance(part, int):
        return here.get("items")
    return here.get("properties", {}).get(part) or here.get("additionalProperties")


def _resolved(schema: Any, here: Any) -> Any:
    if isinstance(here, Mapping) and "anyOf" in here:
        here = next((option for option in here["anyOf"] if option.get("type") != "null"), None)
    if isinstance(here, Mapping) and "$ref" in here:
        return schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return here
