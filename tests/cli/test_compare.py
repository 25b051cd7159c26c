"""`compare` on tables with the published U."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

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


def compared(path: Path, text: str) -> list[dict[str, Any]]:
    path.write_text(text, encoding="utf-8")
    return compare_file(path, "g", ["a"], "json", Console(file=StringIO()))


@pytest.mark.parametrize("cell", ["nan", "inf", "NA", "3,5"])
def test_what_is_no_number_is_told_and_never_computed_with(tmp_path: Path, cell: str) -> None:
    with pytest.raises(CompareError, match=r"t\.csv:2: a must be a number"):
        compared(tmp_path / "t.csv", f'g,a\nm,"{cell}"\nm,3\np,1\np,2\n')


def test_a_row_without_a_group_is_told_and_a_short_row_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CompareError, match=r"t\.csv:3: g is empty"):
        compared(tmp_path / "t.csv", "g,a\nm,3\n ,3\np,1\n")
    (result,) = compared(tmp_path / "t.csv", "g,a\nm,3\nm,4\np\np,1\n")
    assert (result["n"], result["missing"]) == ([2, 1], 1)


def test_semicolons_and_tabs_separate_where_the_heading_has_no_comma(tmp_path: Path) -> None:
    for mark in ";\t":
        (result,) = compared(tmp_path / "t.csv", f"g{mark}a\nm{mark}3\np{mark}1\n")
        assert result["n"] == [1, 1]


def test_eighty_columns_hold_the_name_of_every_p_variant(table: Path) -> None:
    heard = StringIO()
    compare_file(table, "group", ["two", "half", "none"], "table", Console(file=heard, width=80))
    for name in ("p, exact permutation", "p, asymptotic tie continuity", "95% interval of r"):
        assert name in heard.getvalue()
