"""JSON Schema of the files that people write, for editors."""

from typing import Any, Literal

from pydantic import TypeAdapter

from therapyarc.domain import Instrument, Study
from therapyarc.domain.client import ClientCase

__all__ = ["schema_of"]


def schema_of(kind: Literal["study", "instrument", "case"]) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, every field described."""
    adapter: TypeAdapter[Any] = TypeAdapter(
        {"study": Study, "instrument": Instrument, "case": ClientCase}[kind]
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **adapter.json_schema()}
