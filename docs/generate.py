"""Write the generated part of the reference: `make reference`. A test holds it equal to the code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from making.clients import codebooks_page, coefficients_page
from making.files import files_page
from making.library import instruments_page, library_page
from making.lines import lines_page
from making.measures import measures_page
from making.records import file_page
from making.speakers import speakers_and_raters_page

from therapyarc.files.schema import schema_of

__all__ = ["pages"]

HERE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Return every generated file with its content."""
    return {
        HERE / "study-file.md": file_page("The study file", "study"),
        HERE / "instrument-file.md": file_page("The instrument file", "instrument"),
        HERE / "case-file.md": file_page("The case file", "case"),
        HERE / "codebooks.md": codebooks_page(),
        HERE / "client-coefficients.md": coefficients_page(),
        HERE / "library.md": library_page(),
        HERE / "instruments.md": instruments_page(),
        HERE / "measures.md": measures_page(),
        HERE / "lines.md": lines_page(),
        HERE / "speakers-and-raters.md": speakers_and_raters_page(),
        HERE / "files.md": files_page(),
        HERE / "study.schema.json": _json(schema_of("study")),
        HERE / "instrument.schema.json": _json(schema_of("instrument")),
        HERE / "case.schema.json": _json(schema_of("case")),
    }


def _json(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
