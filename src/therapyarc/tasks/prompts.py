"""Prompts: files of the library, filled in."""

from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from therapyarc.files.library import library_path

__all__ = ["prompt"]


@cache
def _environment() -> Environment:
    # Prompts are plain text for models, not HTML: escaping would change the client's words.
    return Environment(
        loader=FunctionLoader(lambda name: library_path("prompts", name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def prompt(name: str, **fields: object) -> str:
    """Fill in the prompt `library/prompts/NAME.md.j2`.

    Raises
    ------
    jinja2.UndefinedError
        If the prompt names a field that is not given.
    """
    template: Template = _environment().get_template(name)
    return template.render(**fields).strip()
