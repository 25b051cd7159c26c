"""Numbers and names in words: the one place where anything is rounded."""

from therapyarc.domain import COEFFICIENT, SHARE, Estimate

__all__ = ["count", "interval", "known", "number", "p_value", "published", "reasons", "value", "words"]

_BOUNDED = frozenset({SHARE, COEFFICIENT})
"""Units whose values cannot exceed 1, and so are shown with three decimals and no leading zero."""
_DIGITS = {"slope_within": 3, "slope_control": 3, "slope": 4, "actors_needed": 0, "exchange_gone": 1}
_KNOWN = {
    "stored": "read in the source",
    "recomputed": "recomputed from released data",
    "deduced": "deduced by arithmetic from what was printed",
}
MINUS = "\N{MINUS SIGN}"


def number(x: float | None, digits: int = 2) -> str:
    """Return a number with a fixed number of decimals and a true minus sign; a dash for none."""
    if x is None:
        return "–"
    text = f"{x:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def _bounded(x: float) -> str:
    """Return a figure that cannot exceed one without its leading zero, three decimals."""
    text = f"{abs(x):.3f}"
    text = text.removeprefix("0")
    return (MINUS if x < 0 and text != ".000" else "") + text


def value(estimate: Estimate) -> str:
    """Return an estimate's value, or the reason why it has none."""
    if estimate.value is None:
        return estimate.reason or "not estimated"
    if estimate.unit in _BOUNDED:
        return _bounded(estimate.value)
    if estimate.name == "u":
        return f"{estimate.value:g}"
    return number(estimate.value, _DIGITS.get(estimate.name, 2))


def interval(estimate: Estimate) -> str:
    """Return an estimate's interval in brackets, or the reason why it has none, or nothing where none is meant."""
    if estimate.value is None:
        return ""
    digits = _DIGITS.get(estimate.name, 2)
    if estimate.low is not None and estimate.high is None:
        return f"[{number(estimate.low, digits)}, open)"
    if estimate.low is None or estimate.high is None:
        return estimate.reason or ""
    low, high = (
        _bounded(end) if estimate.unit in _BOUNDED else number(end, digits)
        for end in (estimate.low, estimate.high)
    )
    return f"[{low}, {high}]"


def p_value(p: float | None) -> str:
    """Return p to three decimals without its leading zero; "< .001" below that."""
    if p is None:
        return "–"
    return "< .001" if p < 0.0005 else _bounded(p)


def published(figures: dict[str, float]) -> str:
    """Return a published row's figures in words, each written as ours are."""
    return "; ".join(_published(name, figure) for name, figure in figures.items())


def _published(name: str, figure: float) -> str:
    if name == "U":
        return f"U {figure:g}"
    if name == "p":
        return f"p {p_value(figure)}"
    if name == "rank_biserial":
        return f"rank-biserial r {_bounded(figure)}"
    return f"{name.replace('_', ' ')} {number(figure, 1)}"


def known(tag: str) -> str:
    """Return how a published row is known, in words."""
    return _KNOWN[tag]


def count(n: int) -> str:
    """Return a whole number with thousands set apart."""
    return f"{n:,}"


def reasons(missing: dict[str, int]) -> str:
    """Return counts by reason in words."""
    return ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in missing.items()) or "none"


def words(name: object) -> str:
    """Return the name of a measure, code or reason in words."""
    measure, _, null = str(name).partition(":z_")
    return measure.replace("_", " ").replace(":", ", ") + (f", z beside {null}" if null else "")
