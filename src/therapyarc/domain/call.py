"""Calls of models: what was used, and by whom. Part of the key, since a model's name says who spoke."""

from therapyarc.domain.record import record

__all__ = ["Call"]


@record
class Call:
    """One finished generation."""

    session: str
    """The session that it served."""
    role: str
    """`therapist`, `client` or `rater`."""
    model: str
    """Inspect model name."""
    served: str | None = None
    """The model that the provider says it used; none where it says nothing."""
    purpose: str = ""
    """For raters: rater, rubric and replicate."""
    input_tokens: int = 0
    """Tokens sent."""
    output_tokens: int = 0
    """Tokens received."""
    seconds: float | None = None
    """How long the provider took; none where it came from the cache."""
    cached: bool = False
    """Whether the reply was replayed from the cache of an interrupted run."""
