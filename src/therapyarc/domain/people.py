"""How people take part in the browser."""

from dataclasses import field

from therapyarc.domain.record import record

__all__ = ["People"]


@record
class People:
    """What the pages for people need to know of a study."""

    title: str = ""
    """Title that people see, where the study's own would tell raters too much; empty takes the study's."""
    contact: str = ""
    """Whom participants can turn to: a name with an address or a telephone number. It stands on every page."""
    help: str = ""
    """Where someone in distress finds help at once, as it shall be read; empty shows a general sentence."""
    consent: dict[str, str] = field(default_factory=dict)
    """By language (`en`, `de`), a Markdown file beside the study file that people consent to; empty takes the text that
    ships."""
    languages: tuple[str, ...] = ()
    """Languages of the pages; empty offers all that ship."""
    min_reading_s: int = 0
    """Seconds that training material must have been open before one can go on; 0 asks for none."""
    days_between: float = 0.0
    """Days from the end of one session of a course until the next can begin; 0 lets it begin at once."""
    text_to_models: bool = False
    """Whether people's words may be sent to models outside this machine; the consent must say so."""
