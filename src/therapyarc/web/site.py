"""All that the pages of one server share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from markdown_it import MarkdownIt
from markupsafe import Markup

from therapyarc.domain.design import Design
from therapyarc.web.i18n import Catalogue, read_catalogues
from therapyarc.web.pace import Pace
from therapyarc.web.recent import Recent
from therapyarc.web.settings import Settings, VoicelessError
from therapyarc.web.speaking import Speaking
from therapyarc.web.store import Store
from therapyarc.web.templating import Templates

__all__ = ["Site", "build_site", "rendered"]

_MARKDOWN = MarkdownIt("js-default")
"""Markdown without raw HTML; links to scripts are refused by it."""


@dataclass(frozen=True, slots=True)
class Site:
    """Study, database and what is read once."""

    design: Design
    store: Store
    settings: Settings
    catalogues: Mapping[str, Catalogue]
    templates: Mapping[str, Templates]
    """Templates by language."""
    limiter: MovingWindowRateLimiter
    join_failures: RateLimitItem
    writes: Pace
    slow: Mapping[str, Recent[Any]]
    """What takes long to work out, by name."""
    speaking: Speaking = field(default_factory=Speaking)
    """The answers of clients that models are asked for now."""

    def now(self) -> float:
        """Return seconds since 1970."""
        return self.settings.clock()


def build_site(design: Design, store: Store, settings: Settings) -> Site:
    """Read catalogues and templates.

    Raises
    ------
    VoicelessError
        If the study names a model that words clients, and the settings hold no voice.
    """
    _require_voices(design, settings)
    offered = design.study.people.languages
    catalogues = {
        tag: one for tag, one in read_catalogues(settings.locales).items() if not offered or tag in offered
    }
    if not catalogues:
        raise ValueError(
            f"no page text in {', '.join(offered)}; people.languages must name a folder of locales"
        )
    study = design.study
    shared = {
        "study": study,
        "name": study.people.title or study.title,
        "languages": list(catalogues.values()),
    }
    folder = Path(__file__).parent / "templates"
    writes = parse(settings.writes)
    return Site(
        design=design,
        store=store,
        settings=settings,
        catalogues=catalogues,
        templates={tag: Templates(folder, one, **shared) for tag, one in catalogues.items()},
        limiter=MovingWindowRateLimiter(MemoryStorage()),
        join_failures=parse(settings.join_failures),
        writes=Pace(writes.amount, writes.get_expiry()),
        slow={"agreement": Recent(), "audit": Recent()},
    )


def _require_voices(design: Design, settings: Settings) -> None:
    """A script must not stand in unnoticed for the model that a study names."""
    courses, practice = design.study.courses, design.study.people.practice
    for name, holder, voice in (
        ("courses.voice", courses, settings.voice),
        ("people.practice.voice", practice, settings.practice_voice),
    ):
        if holder is not None and holder.voice != "scripted" and voice is None:
            raise VoicelessError(
                f"{name} of study {design.study.id} is {holder.voice}, and no model is reached here. Serve "
                "the study with `therapyarc serve`; for a demonstration or another server set it to scripted."
            )


def rendered(markdown: str) -> Markup:
    """Return Markdown as HTML; whatever HTML stands in it is shown as text."""
    return Markup(_MARKDOWN.render(markdown))
