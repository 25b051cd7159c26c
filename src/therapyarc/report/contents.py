"""The table of contents, made from the headings that a page has."""

import re
from html import escape

__all__ = ["anchors", "with_contents"]

_PLACE = "<!-- contents -->"
_MARK = re.compile(r'<p class="part">(.*?)</p>|<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)


def anchors(page: str) -> frozenset[str]:
    """Return every id of a page."""
    return frozenset(re.findall(r'\sid="([^"]+)"', page))


def with_contents(page: str) -> str:
    """Return a page with its contents where the placeholder stands; a part without a section is left out of both."""
    parts: list[tuple[str, list[tuple[str, str]]]] = []
    head, _, body = page.partition(_PLACE)
    for found in _MARK.finditer(body):
        if found[1] is not None:
            parts.append((found[1], []))
        elif parts:
            parts[-1][1].append((found[2], re.sub(r"<[^>]+>", "", found[3]).strip()))
    for title, sections in parts:
        if not sections:
            body = body.replace(f'<p class="part">{title}</p>', "", 1)
    rows = "".join(
        f"<li><b>{title}</b><ul>"
        + "".join(f'<li><a href="#{escape(name)}">{text}</a></li>' for name, text in sections)
        + "</ul></li>"
        for title, sections in parts
        if sections
    )
    return f'{head}<nav class="contents" aria-label="Contents"><ul>{rows}</ul></nav>{body}'
