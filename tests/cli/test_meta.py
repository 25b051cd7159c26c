"""`therapyarc meta`: what it reads, what it says, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.files.trials import TrialTableError, read_trials

BCG = Path(__file__).parents[2] / "studies" / "meta" / "bcg.csv"
SENN = BCG.with_name("senn.csv")
SYNTHETIC = """\
# Synthetic: no trial of this table exists.
study,effect,se,comparator,year
a,-0.9,0.2,wait-list,2001
b,-0.8,0.25,Waiting list,2003
c,-0.4,0.2,TAU,2005
d,-0.3,0.2,usual care,2008
e,-0.1,0.2,active,2010
f,-0.2,0.3,active,2012
g,,0.3,active,2012
h,-0.2,NA,active,2012
"""


def as_json(path: Path, *more: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["meta", str(path), "--format", "json", *more])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def synthetic(tmp_path: Path, text: str = SYNTHETIC) -> Path:
    path = tmp_path / "trials.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_example_gives_the_published_figures(tmp_path: Path) -> None:
    found = as_json(BCG, "--out", str(tmp_path))
    assert found["k"] == 13
    assert found["estimate"] == pytest.approx(-0.7145, abs=1e-4)
    assert found["tau2"] == pytest.approx(0.3132, abs=1e-4)
    assert found["i2"] == pytest.approx(92.22, abs=0.01)
    assert found["interval"] == pytest.approx([-1.108, -0.321], abs=1e-3)
    assert found["prediction_interval"] == pytest.approx([-2.008, 0.579], abs=1e-3)
    assert {one["name"] for one in found["moderators"]} == {"latitude", "allocation"}
    assert "<svg" in (tmp_path / "forest.svg").read_text()
    page = (tmp_path / "meta.html").read_text()
    assert "<script" not in page
    assert "could find an effect of either sign" in page
    assert not (tmp_path / "network.svg").exists()


def test_the_shipped_network_gives_the_published_figures(tmp_path: Path) -> None:
    network = as_json(SENN, "--reference", "placebo", "--out", str(tmp_path))["network"]
    assert (network["q"], network["q_df"]) == (pytest.approx(96.98, abs=0.01), 18)
    assert network["tau2"] == pytest.approx(0.109, abs=1e-3)
    assert network["common"]["metformin"]["estimate"] == pytest.approx(-1.114, abs=1e-3)
    assert "<svg" in (tmp_path / "network.svg").read_text()


def test_comparators_are_kept_apart_and_missing_cells_are_reasons(tmp_path: Path) -> None:
    found = as_json(synthetic(tmp_path))
    assert {name: one["k"] for name, one in found["subgroups"].items()} == {
        "waitlist": 2,
        "usual care": 2,
        "active": 2,
    }
    assert found["subgroups"]["waitlist"]["estimate"] < found["subgroups"]["active"]["estimate"]
    assert found["left_out"] == ["line 9, g: no effect", "line 10, h: no variance"]
    network = found["network"]["random"]
    assert set(network) == {"treatment", "waitlist", "usual care", "active"}
    assert found["subgroup_test"]["f_df"] == [2, 3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("study,effect\na,1\n", "has no column variance"),
        ("study,variance\na,1\n", "has no column effect"),
        ("study,effect,variance\na,1,0\n", ":2: variance must be above 0; got 0"),
        ("study,effect,se\na,1,-1\n", ":2: se must be above 0; got -1"),
        ("study,effect,variance\na,x,1\nb,1,y\n", ":2: effect must be a number; got 'x'"),
        ("study,effect,variance\na,x,1\nb,1,y\n", ":3: variance must be a number; got 'y'"),
        ("study,effect,variance\na,inf,1\n", "must be finite"),
        ("study,effect,variance,se\na,1,1,2\n", "is not the square of se"),
        ("study,effect,effect,variance\na,1,1,1\n", "stands twice"),
        ("study,effect,variance\n,1,1\n", "study has no name"),
        ("study,effect,variance\na,1\n", "has 2 cells; the header has 3"),
        ("study,effect,variance\na,,1\n", "no row with an effect and a variance: line 2, a: no effect"),
        ("study,treatment,effect,variance\na,b,1,1\n", "no comparator"),
        ("", "is empty"),
        ('study,effect,variance\na,"0,5",1\n', "got '0,5'; write decimals with a point"),
        ("study,effect,variance\na,0,5,1\n", "has 4 cells; the header has 3"),
        ("study;effect;variance\na;1.000,5;1\n", "effect must be a number; got '1.000,5'"),
        ('study,effect,variance,note\na,1,1,"open\nb,2,1,x\n', "quotation mark that is not closed"),
        ('study,effect,variance,note\na,1,1,"two\nlines"\nb,2,1,x\n', "goes over two lines"),
        ("study,effect,variance\na,1e200,1\n", "effect 1e+200 is beyond"),
        ("study,effect,variance\na,1,1e-300\n", "variance 1e-300 is beyond"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TrialTableError) as caught:
        read_trials(synthetic(tmp_path, text))
    assert told in str(caught.value)


def test_one_and_two_trials_say_what_they_cannot(tmp_path: Path) -> None:
    one = as_json(synthetic(tmp_path, "study,effect,variance\na,0.5,0.04\n"))
    assert (one["k"], one["tau2"], one["prediction_interval"]) == (1, None, None)
    assert one["interval"] == pytest.approx([0.108, 0.892], abs=1e-3)
    two = as_json(synthetic(tmp_path, "study,effect,variance\na,0.5,0.04\nb,0.1,0.04\n"))
    assert two["prediction_interval"] is None
    assert two["interval"] is not None
    assert any("one degree of freedom" in note for note in two["notes"])
    plain = CliRunner().invoke(app, ["meta", str(synthetic(tmp_path, "study,effect,variance\na,0.5,0.04\n"))])
    assert plain.exit_code == 0
    assert "One trial says" in plain.output


@pytest.mark.parametrize("rows", ["a,0.5,0.04\n", "a,0.5,0.04\nb,0.1,0.04\nc,nan,0.2\n"])
def test_a_page_needs_no_funnel(tmp_path: Path, rows: str) -> None:
    found = as_json(synthetic(tmp_path, f"study,effect,variance\n{rows}"), "--out", str(tmp_path))
    assert found["k"] < 3
    assert not (tmp_path / "funnel.svg").exists()
    assert "<svg" in (tmp_path / "meta.html").read_text()


def test_spreadsheets_of_other_languages_are_read(tmp_path: Path) -> None:
    plain = read_trials(synthetic(tmp_path, "study,effect,variance,year\na,0.5,0.1,2001\nb,-0.25,1.5,2.5\n"))
    path = tmp_path / "other.csv"
    for mark in ";\t":
        text = "study;effect;variance;year\r\na;0,5;,1;2001\r\nb;\N{MINUS SIGN}0,25;1,5;2,5\r\n".replace(
            ";", mark
        )
        path.write_bytes(text.encode("utf-8-sig"))
        assert read_trials(path).rows == plain.rows


def test_copies_and_names_that_look_alike_are_told(tmp_path: Path) -> None:
    text = "study,effect,variance,empty\na b,0.5,0.1,\na b,0.5,0.1,\nA  B,0.2,0.1,\nc,0.3,0.2,\n"
    found = as_json(synthetic(tmp_path, text))
    assert found["k"] == 3
    assert "a b has two rows of the same effect and variance; if one is a copy, remove it." in found["notes"]
    assert any(note.startswith("a b and A  B count as different trials") for note in found["notes"])
    assert any(note.startswith("1 row is a further effect") for note in found["notes"])
    assert [one["note"] for one in found["moderators"]] == ["no trial has a value"]


def test_no_cell_of_the_printed_table_is_cut(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["meta", str(SENN)], env={"COLUMNS": "40"})
    assert "rosiglitazone  1   0.100   -0.259 to 0.459" in result.output


def test_rows_of_one_trial_are_one_effect(tmp_path: Path) -> None:
    found = as_json(synthetic(tmp_path, "study,effect,variance\na,0.4,0.04\na,0.6,0.04\nb,0.1,0.04\n"))
    assert found["k"] == 2
    assert found["studies"][0]["effect"] == pytest.approx(0.5)
    assert found["studies"][0]["variance"] == pytest.approx(0.03)
    assert any("correlate at 0.5" in note for note in found["notes"])


def test_a_moderator_or_reference_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = synthetic(tmp_path)
    for option, value, told in (
        ("--moderator", "dose", "no moderator dose; it has year"),
        ("--reference", "CBT", "none of its treatments"),
    ):
        result = CliRunner().invoke(app, ["meta", str(path), option, value])
        assert result.exit_code == 1
        assert told in str(result.exception)
    joint = as_json(path, "--moderator", "year")["moderators"]
    assert len(joint) == 1
    assert joint[0]["coefficients"].keys() == {"intercept", "year"}
