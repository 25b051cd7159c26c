"""Templates of the pages, with the texts of a language worked in when they are first used."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer

from therapyarc.web.i18n import Catalogue

__all__ = ["Templates"]

TEXTS = "t"
"""Name of the catalogue in templates: `{{ t("common.next") }}`."""


class Templates(Environment):
    """The templates in one language.

    A page asks for dozens of texts, most of which are known as soon as the language is. These are constants of the compiled
    template, escaped once; asking for each of them anew took a third of the time that a rater's page takes.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, **shared: object) -> None:
        """Read templates from a folder; `shared` values are there in each of them."""
        super().__init__(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # templates change with the program alone; looking at their files costs every page
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._texts = _Texts(catalogue)
        self.globals |= {TEXTS: catalogue, **shared}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what every template knows, copied: the library's map of maps is slow to copy."""
        return {**self.globals, **(d or {})}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        self._texts.visit(tree)
        return tree


class _Texts(NodeTransformer):
    """Puts texts that are known in the place of what asks for them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's name
        self.generic_visit(node)
        if not (_is_catalogue(node.node) and len(node.args) == 1 and not node.kwargs):
            return node
        (key,) = node.args
        text = self._catalogue.texts.get(key.value) if isinstance(key, nodes.Const) else None
        # whatever is unknown, or has places to be filled, says so when the page is made
        return node if text is None or "{" in text or "}" in text else _constant(text, node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - the visitor's name
        self.generic_visit(node)
        known = _is_catalogue(node.node) and node.attr in {"language", "direction"}
        return _constant(getattr(self._catalogue, node.attr), node) if known else node


def _is_catalogue(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == TEXTS


def _constant(value: str, place: nodes.Node) -> nodes.Const:
    return nodes.Const(value, lineno=place.lineno)
