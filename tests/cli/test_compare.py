"""`compare` on tables with the published U."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from therapyarc.cli.compare import CompareError, compare_file

MODELS = {"two": [9, 9, 9, 9, 9, 4.5], "half": [9, 9, 9, 9, 9, 4.0], "none": [9] * 6}
PEOPLE = {"two": [1, 1, 2, 2, 3, 3, 5, 6], "half": [1, 1, 2, 2, 3, 4, 5, 6], "none": [1, 1, 2, 2, 3, 3, 4, 5]}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Synthetic values, made to have U = 2, 2.5 and 0."""
    lines = ["group,two,half,none"]
    for group, values in (("model", MODELS), ("person", PEOPLE)):
        lines += [",".join([group, *map(str, row)]) for row in zip(*values.values(), strict=True)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_json_has_the_published_effects_and_a_named_variant_with_the_published_p(table: Path) -> None:
    heard = StringIO()
    compare_file(table, "group", ["two", "half", "none"], "json", Console(file=heard))
    results = json.loads(heard.getvalue())
    for result, u, r, p in zip(
        results, (2.0, 2.5, 0.0), (0.917, 0.896, 1.0), (0.005, 0.006, 0.002), strict=True
    ):
        assert result["u"] == u
        assert result["rank_biserial"] == pytest.approx(r, abs=5e-4)
        assert result["a12"] == pytest.approx((1 + result["rank_biserial"]) / 2)
        assert round(result["p"]["asymptotic"], 3) == p
        assert set(result["p"]) == {
            "exact_permutation",
            "asymptotic",
            "asymptotic_continuity",
            "asymptotic_tie",
            "asymptotic_tie_continuity",
        }
        assert result["p_holm"] >= result["p"]["exact_permutation"]
        assert result["missing"] == 0


def test_faults_are_told(table: Path) -> None:
    console = Console(file=StringIO())
    with pytest.raises(CompareError, match="has no column other"):
        compare_file(table, "group", ["other"], "json", console)
    table.write_text(table.read_text().replace("person,1,1,1", "person,one,1,1", 1))
    with pytest.raises(CompareError, match=r"table\.csv:8: two must be a number"):
        compare_file(table, "group", ["two"], "json", console)
    table.write_text(table.read_text().replace("person,one", "person,"))
    assert compare_file(table, "group", ["two"], "table", console)[0]["missing"] == 1
