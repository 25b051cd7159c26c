"""How templates are filled in: strictly, with everything escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["environment"]


def environment() -> Environment:
    """Return a fresh environment for the report's templates; an undefined name is an error."""
    return Environment(
        loader=PackageLoader("therapyarc.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
