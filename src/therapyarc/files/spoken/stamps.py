"""Times as they are written in transcripts."""

import math

__all__ = ["seconds"]


def seconds(stamp: str | float | None) -> float | None:
    """Return the seconds of 75.5, "75,5" or "00:01:15"; none where the stamp is no such time."""
    if stamp is None or isinstance(stamp, bool):
        return None
    try:
        total = 0.0
        for part in str(stamp).strip().replace(",", ".").split(":"):
            total = 60 * total + float(part)
    except ValueError:
        return None
    return total if math.isfinite(total) else None
