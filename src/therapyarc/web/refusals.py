"""The server's log of refused requests: who by pseudonym, which route, and why; nothing that was sent, and from nowhere."""

import logging

__all__ = ["note_refusal"]

_LOG = logging.getLogger("therapyarc.web.refused")
_LOG.setLevel(logging.WARNING)  # Inspect, where it voices the clients, sets the level of all others


def note_refusal(why: str, *, route: str, visitor: str | None = None) -> None:
    """Write one line.

    Parameters
    ----------
    why
        The reason.
    route
        Method and path as the table of routes has them, never as they were asked.
    visitor
        Pseudonym of whoever came in by an invitation.
    """
    _LOG.warning("refused: %s, %s: %s", route, visitor or "nobody who came in", why)
