"""The information that people consent to, and its version: the hash of the text as it is shown."""

import hashlib
from functools import lru_cache
from pathlib import Path

from therapyarc.domain.people import People
from therapyarc.web.site import Site

__all__ = ["consent_text", "consent_versions", "version_of"]

_TEXTS = Path(__file__).parent / "texts"


def consent_text(site: Site, language: str) -> str:
    """Return the information in this language, as Markdown: the study's own, or the one that ships."""
    study = site.design.study
    return _text(study.people, study.people.title or study.title, site.settings.beside, language)


def consent_versions(site: Site) -> frozenset[str]:
    """Return the versions in force: one for each language."""
    return frozenset(version_of(consent_text(site, language)) for language in site.catalogues)


def version_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _text(people: People, title: str, beside: Path, language: str) -> str:
    own = people.consent.get(language) or next(iter(people.consent.values()), None)
    if own is not None:
        return _read(beside / own)
    shipped = _TEXTS / f"consent.{language}.md"
    text = _read(shipped if shipped.exists() else _TEXTS / "consent.en.md")
    models = "models" if people.text_to_models else "no-models"
    kept = [
        line.removeprefix(f"[{models}] ")
        for line in text.splitlines()
        if not line.startswith("[") or line.startswith(f"[{models}] ")
    ]
    contact = people.contact or "—"
    return "\n".join(kept).replace("{title}", title).replace("{contact}", contact)


@lru_cache(maxsize=64)
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
