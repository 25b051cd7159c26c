"""The information that people consent to, and its version: the hash of the text as it is shown."""

import hashlib
from functools import lru_cache
from pathlib import Path

from therapyarc.web.site import Site

__all__ = ["consent_text", "consent_versions", "version_of"]

_TEXTS = Path(__file__).parent / "texts"


def consent_text(site: Site, language: str) -> str:
    """Return the information in this language, as Markdown: the study's own, or the one that ships."""
    study, people = site.design.study, site.design.study.people
    own = people.consent.get(language) or next(iter(people.consent.values()), None)
    path = None if own is None else site.settings.beside / own
    return _text(path, language, people.title or study.title, people.contact or "—", people.text_to_models)


def consent_versions(site: Site) -> frozenset[str]:
    """Return the versions in force: one for each language."""
    return frozenset(version_of(consent_text(site, language)) for language in site.catalogues)


@lru_cache(maxsize=64)
def version_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def _text(own: Path | None, language: str, title: str, contact: str, to_models: bool) -> str:
    if own is not None:
        return own.read_text(encoding="utf-8")
    shipped = _TEXTS / f"consent.{language}.md"
    text = (shipped if shipped.exists() else _TEXTS / "consent.en.md").read_text(encoding="utf-8")
    models = "models" if to_models else "no-models"
    kept = [
        line.removeprefix(f"[{models}] ")
        for line in text.splitlines()
        if not line.startswith("[") or line.startswith(f"[{models}] ")
    ]
    return "\n".join(kept).replace("{title}", title).replace("{contact}", contact)
