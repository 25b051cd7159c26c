"""Values at equal length against a plain least-squares fit with a column a group, and by hand."""

import numpy as np
import pytest

from therapyarc.stats import values_at_equal_length


def test_by_hand() -> None:
    """One group, one side, value = 2 + 3 log(1 + words): at the mean length all are equal to the mean."""
    words = np.array([[0.0], [1.0], [3.0], [7.0], [15.0], [31.0], [63.0], [127.0]])
    values = 2 + 3 * np.log1p(words[:, 0])
    got = values_at_equal_length(values, np.zeros(8, dtype=int), words)
    assert got == pytest.approx(np.full(8, values.mean()))


def test_equals_a_fit_with_a_column_a_group() -> None:
    """The slopes within groups are those of the fit with indicators (Frisch, Waugh and Lovell); numpy 2 lstsq."""
    rng = np.random.default_rng(7)
    groups = rng.integers(0, 3, 60)
    words = np.exp(rng.normal(4, 0.7, (60, 2)))
    values = groups + np.log1p(words) @ [0.4, -0.2] + rng.normal(0, 0.3, 60)
    logs = np.log1p(words)
    design = np.column_stack([groups == 0, groups == 1, groups == 2, logs]).astype(float)
    slopes = np.linalg.lstsq(design, values, rcond=None)[0][3:]
    assert values_at_equal_length(values, groups, words) == pytest.approx(
        values - (logs - logs.mean(axis=0)) @ slopes
    )


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        pytest.param([0, 0, 0, 1, 1, 1], np.ones((6, 1)) * 9, id="too few"),
        pytest.param(
            [0] * 10 + [1] * 10, np.repeat([[9.0], [99.0]], 10, axis=0), id="no variance within groups"
        ),
        pytest.param([0] * 20, np.repeat(np.arange(20.0)[:, None], 2, axis=1), id="sides follow each other"),
    ],
)
def test_undefined(groups: list[int], words: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    values = np.random.default_rng(1).normal(size=len(groups))
    assert np.isnan(values_at_equal_length(values, groups, words)).all()


def test_shapes_and_numbers_are_told() -> None:
    with pytest.raises(ValueError, match="one entry a session"):
        values_at_equal_length([1.0, 2.0], [0], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="must be finite"):
        values_at_equal_length([1.0, float("nan")], [0, 0], [[1.0], [2.0]])
