"""`therapyarc validate variations`: decisions that move when the same is said in another way."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from therapyarc.cli import coder_variations
from therapyarc.cli.app import app
from therapyarc.cli.coder_variations import FEWEST, variation_figures
from therapyarc.coding.behaviours import coder
from therapyarc.coding.variations import VARIATIONS
from therapyarc.domain import Turn

LEARNED = coder("fast").learned
LABELS = LEARNED.labels("client")["main"]
CHANGE, OTHER = LABELS.index("change"), LABELS.index("neutral")


def _sessions(said: str, count: int) -> list[tuple[Turn, ...]]:
    return [(Turn(role="client", text=f"{said} {number}."),) * 4 for number in range(count)]


def test_a_coder_that_hears_ones_dialect_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in takes for change talk whatever is said without g; of the variations only that one moves it."""
    monkeypatch.setattr(
        coder_variations,
        "_decided",
        lambda turns, role, learned: np.array([CHANGE if "in'" in turn.text else OTHER for turn in turns]),
    )
    found = variation_figures(_sessions("I was going there on day", 3), LEARNED, 0)
    assert found["client_g_dropping_changed"]["value"] == 1
    assert found["client_g_dropping_shift_change"]["value"] == 1
    assert found["client_stammer_changed"]["value"] == 0 == found["client_name_origin_changed"]["value"]
    assert not any(name.startswith("therapist") for name in found)


def test_too_few_turns_or_one_session_have_no_figure() -> None:
    assert variation_figures([], LEARNED, 0) == {}
    assert "client_stammer_changed" not in variation_figures(_sessions("I was there on day", 1), LEARNED, 0)
    few = [one[:1] for one in _sessions("I was there on day", FEWEST - 1)]
    assert "client_stammer_changed" not in variation_figures(few, LEARNED, 0)


def test_without_a_file_it_varies_the_projects_own_utterances(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"english": ("Emily", "Jack"), "south_asian": ("Priya", "Rajesh")}
    monkeypatch.setattr(coder_variations, "NAMES", few)
    monkeypatch.setattr(coder_variations, "VARIATIONS", VARIATIONS[-3:])
    result = CliRunner().invoke(app, ["validate", "variations", "--format", "json", "--coder", "fast"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    assert figures["coder"] == "fast"
    for name in ("therapist_typos_changed", "client_fillers_changed", "client_name_origin_changed"):
        assert 0 <= figures[name]["low"] <= figures[name]["value"] <= figures[name]["high"] <= 1


def test_other_corpora_need_a_file() -> None:
    result = CliRunner().invoke(app, ["validate", "annomi"])
    assert result.exit_code == 2
    assert "needs the path of your copy" in " ".join(result.output.replace("│", " ").split())
