"""How fast one login may write: a count for each window of time, in memory."""

from dataclasses import dataclass, field

__all__ = ["Pace"]

_MOST = 10_000
"""Names that are remembered; beyond them those of earlier windows are dropped."""


@dataclass(slots=True)
class Pace:
    """At most `amount` in each window of `seconds`, by name.

    The library that counts failures at the door starts a thread for each count, which costs more than a save does; here a
    count is two look-ups. Windows lie one after the other, so at their edge twice the amount may pass, as with any such
    limit.
    """

    amount: int
    """Most in a window."""
    seconds: int
    """Length of a window."""
    _counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def allows(self, name: str, now: float) -> bool:
        """Count one more and return whether it is within the limit."""
        window = int(now // self.seconds)
        last, count = self._counts.get(name, (window, 0))
        count = count + 1 if last == window else 1
        if len(self._counts) >= _MOST:
            self._counts = {one: held for one, held in self._counts.items() if held[0] == window}
        self._counts[name] = (window, count)
        return count <= self.amount
