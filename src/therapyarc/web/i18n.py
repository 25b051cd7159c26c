"""All texts of the pages, from catalogues: a folder a language, a file a part of the pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Catalogue", "CatalogueError", "negotiate", "read_catalogues"]


class CatalogueError(Exception):
    """A text is asked for that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: str
    """Its tag, such as `de`."""
    name: str
    """Its name in itself."""
    direction: str
    """ltr or rtl."""
    texts: Mapping[str, str]
    """Text by key: `FILE.KEY`."""

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled.

        Raises
        ------
        CatalogueError
            If there is no such text.
        """
        try:
            text = self.texts[key]
            return text.format(**values) if "{" in text or "}" in text else text
        except KeyError as error:
            raise CatalogueError(
                f"{self.language}: {key}: {error} is not there; add it to locales"
            ) from error


def read_catalogues(folder: Path) -> dict[str, Catalogue]:
    """Return every language's catalogue: English first, then by tag."""
    found = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != "en", pair[0])))


def negotiate(catalogues: Mapping[str, Catalogue], chosen: str | None, accepted: str) -> Catalogue:
    """Return the language that a person chose, or the best of what the browser accepts, or the first."""
    if chosen is not None and chosen in catalogues:
        return catalogues[chosen]
    for tag in _wishes(accepted):
        if tag in catalogues:
            return catalogues[tag]
    return next(iter(catalogues.values()))


@lru_cache(maxsize=256)
def _wishes(accepted: str) -> tuple[str, ...]:
    """Return the languages that a browser accepts, the best first."""
    wishes = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        quality = float(weight) if re.fullmatch(r"[01](\.\d{1,3})?", weight) else 1.0
        wishes.append((-quality, place, tag.split("-")[0].lower()))
    return tuple(tag for _, _, tag in sorted(wishes))


def _read(folder: Path) -> Catalogue:
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts |= {f"{path.stem}.{key}": text for key, text in _flat(data)}
    return Catalogue(folder.name, texts.pop("language.name"), texts.pop("language.direction"), texts)


def _flat(data: Mapping[str, Any], head: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in data.items():
        rows += _flat(value, f"{head}{key}.") if isinstance(value, dict) else [(f"{head}{key}", str(value))]
    return rows
