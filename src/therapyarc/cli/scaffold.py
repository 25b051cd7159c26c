"""`new`: the folder of a new study."""

import json
from pathlib import Path

from therapyarc.files.library import library_path
from therapyarc.files.schema import schema_of

__all__ = ["ScaffoldError", "scaffold"]


class ScaffoldError(Exception):
    """The folder cannot be made; nothing in it was changed."""


def scaffold(folder: Path) -> Path:
    """Write a commented study file into a new folder, named after it, and the schema by which editors help.

    Raises
    ------
    ScaffoldError
        If the folder holds a study already, or cannot be written.
    """
    path = folder / "study.yaml"
    if path.exists():
        raise ScaffoldError(f"{path} is there already and stays as it is; choose another folder")
    template = library_path("studies", "new").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        schema = json.dumps(schema_of("study"), indent=1, ensure_ascii=False)
        (folder / "study.schema.json").write_text(schema + "\n", encoding="utf-8")
        path.write_text(template.replace("STUDY-ID", folder.resolve().name), encoding="utf-8")
    except OSError as error:
        raise ScaffoldError(f"cannot write {path}: {error.strerror}") from error
    return path
