"""Reporting guidelines of the library."""

from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

from pydantic import TypeAdapter

from therapyarc.domain.checklist import Checklist
from therapyarc.files.located import read_located

__all__ = ["read_checklists"]


@cache
def read_checklists() -> tuple[Checklist, ...]:
    """Read the reporting guidelines that ship with the package."""
    path = Path(str(package_files("therapyarc"))) / "library" / "checklists.yaml"
    return TypeAdapter(tuple[Checklist, ...]).validate_python(read_located(path).data["checklists"])
