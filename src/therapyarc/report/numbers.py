"""Numbers as readers see them: the one place where anything is rounded.

The style is APA's: no leading zero where a figure cannot exceed one, a true minus sign, intervals in brackets. A
figure that is not there is never written as a number; `value` and `bounds` give its reason instead.
"""

import math

from therapyarc.domain import Estimate

__all__ = ["bounded", "bounds", "count", "fixed", "p_equals", "p_value", "percent", "short", "value"]

ABSENT = "–"
"""What stands in a cell to which no number belongs."""

_MINUS = "\N{MINUS SIGN}"
_AT_MOST_ONE = frozenset(
    {
        "a12",
        "ac1",
        "ac2",
        "alpha_interval",
        "alpha_nominal",
        "alpha_ordinal",
        "exact",
        "fleiss_kappa",
        "icc_1_1",
        "icc_2_1",
        "icc_2_k",
        "icc_3_1",
        "icc_3_k",
        "kappa",
        "kappa_linear",
        "kappa_quadratic",
        "rank_biserial",
        "spearman",
        "within_one",
    }
)


def fixed(x: float, digits: int = 2) -> str:
    """Return `x` with a fixed number of decimals and a true minus sign; what rounds to zero has no sign.

    >>> fixed(-0.104), fixed(-0.001), fixed(61, 1)
    ('−0.10', '0.00', '61.0')
    """
    return _signed(f"{x:.{digits}f}")


def bounded(x: float, digits: int = 3) -> str:
    """Return a figure that cannot exceed one, without its leading zero.

    >>> bounded(0.917), bounded(1), bounded(-0.05), bounded(0)
    ('.917', '1.000', '−.050', '.000')
    """
    _, sign, digits_alone = fixed(x, digits).rpartition(_MINUS)
    return sign + digits_alone.removeprefix("0")


def short(x: float) -> str:
    """Return a number in as few digits as it needs, such as a rating or U with its half points.

    >>> short(4.0), short(2.5)
    ('4', '2.5')
    """
    return _signed(f"{x:g}")


def value(estimate: Estimate) -> str:
    """Return an estimate's value with its unit's decimals, or the reason why it has none."""
    if estimate.value is None or math.isnan(estimate.value):
        return estimate.reason or "not estimated"
    if estimate.name in _AT_MOST_ONE:
        return bounded(estimate.value)
    if estimate.name == "u":
        return fixed(estimate.value, 1)
    return fixed(estimate.value)


def bounds(estimate: Estimate) -> str:
    """Return an estimate's interval in brackets; an end that is not there is said to be open.

    Empty where the estimate has no value, and where an interval was not meant (neither ends nor a reason).
    """
    if estimate.value is None or (estimate.low is None and estimate.high is None):
        return ""
    ends = (estimate.low, estimate.high)
    low, high = ("open" if end is None else _end(estimate, end) for end in ends)
    return f"[{low}, {high}]"


def p_value(p: float | None, digits: int = 3) -> str:
    """Return p without its leading zero, and "< .001" where it would round to nothing.

    >>> p_value(0.0051), p_value(0.0002), p_value(1.0)
    ('.005', '< .001', '1.000')
    """
    if p is None or math.isnan(p):
        return ABSENT
    least = 10.0**-digits
    return f"< {bounded(least, digits)}" if p < least else bounded(p, digits)


def p_equals(p: float) -> str:
    """Return p as a sentence says it.

    >>> p_equals(0.0051), p_equals(0.0002)
    ('p = .005', 'p < .001')
    """
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def count(n: int) -> str:
    """Return a whole number with its thousands set apart by a thin space.

    >>> count(12345) == "12\N{NARROW NO-BREAK SPACE}345"
    True
    """
    return f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def percent(share: float) -> str:
    """Return a share as whole per cent; what is not all is never rounded up to 100, nor what is something down to 0.

    >>> percent(0.5), percent(0.999), percent(0.001)
    ('50%', '> 99%', '< 1%')
    """
    if 0.995 <= share < 1:
        return "> 99%"
    if 0 < share < 0.005:
        return "< 1%"
    return f"{100 * share:.0f}%"


def _end(estimate: Estimate, end: float) -> str:
    return bounded(end, 2) if estimate.name in _AT_MOST_ONE else fixed(end)


def _signed(text: str) -> str:
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)
