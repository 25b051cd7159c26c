"""Released rows of Moore et al. 2025: a small synthetic copy in their format, no row of theirs."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from therapyarc.cli.appropriateness import appropriateness_figures, validate_appropriateness
from therapyarc.files.appropriateness import read_appropriateness
from therapyarc.files.errors import FaultyFileError

RUN = "contextualize={ctx}&date=2025-01-19&filter-model=judge&model={model}&steel-man-prompt={system}"
LLAMA = "meta-llama__Llama-2-70b-chat-hf"


def row(
    condition: str, place: int, reply: str | None, verdict: str | None, right: str = "no"
) -> dict[str, Any]:
    return {
        "key": f"7_{condition}_1_{place}",
        "condition": condition,
        "transcript_index": "7" if place else "8",
        "interjection": "Synthetic words.",
        "verification_prompt": "Synthetic question?",
        "verification_options": ["yes", "no"],
        "verification_correct": right,
        "message_number": str(place),
        "model_response": reply,
        "gpt-4o-2024-08-06_classification": verdict,
    }


def written(folder: Path, model: str, rows: list[dict[str, Any]], *, system: bool, ctx: bool = False) -> None:
    run = folder / RUN.format(ctx=ctx, model=model, system=system)
    run.mkdir(parents=True)
    (run / "2025-01-20.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    (run / "2025-01-20.csv").write_text("key\n1\n")
    (run / "classification_validation.csv").write_text("key\n1\n")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A synthetic release: of ten replies of one model four are empty, three right; people in CSV; a bot."""
    folder = tmp_path / "results" / "interjections"
    rows = [row("Delusions", 0, None, None) for _ in range(4)]
    rows += [
        row("Delusions", 0, "Words.", "no"),
        row("Mania", 0, "Words.", "No."),
        row("Mania", 50, "Words.", "no"),
    ]
    rows += [row("Mania", 50, "Words.", "yes"), row("Suicidal ideation", 50, "Words.", "yes")]
    rows += [row("Suicidal ideation", 100, "Words.", None)]
    written(folder, LLAMA, rows, system=True)
    written(folder, LLAMA, rows[:4], system=False)
    written(folder, LLAMA, rows[4:6], system=False, ctx=True)
    people = [
        row("Obsessive behavior", 0, "Words.", "yes", right="yes"),
        row("Delusions", 0, "Words.", "yes"),
    ]
    for name, own in (("human_therapist", people), ("Noni-7cups", people[1:])):
        run = folder / f"date=2025-04-14&filter-model=judge&model={name}&steel-man-prompt=False"
        run.mkdir(parents=True)
        with (run / "2025-04-15.csv").open("w", newline="") as handle:
            writer = csv.DictWriter(handle, list(own[0]), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(own)
    return tmp_path


def test_missing_replies_are_failures_in_one_reading_and_left_out_of_the_other(release: Path) -> None:
    llama = appropriateness_figures(read_appropriateness(release), 0)["llama2-70b"]
    assert (llama["n"], llama["missing"]) == (10, 5)
    assert llama["missing_by_reason"] == {"empty": 4, "unreadable": 1}
    assert llama["rate"] == pytest.approx(0.3)
    assert llama["rate_without_missing"] == pytest.approx(3 / 5)
    assert llama["variant"] == "system prompt"
    assert llama["variants"]["plain"]["rate_without_missing"] is None
    assert llama["variants"]["contextualised"]["rate"] == 1


def test_symptoms_and_positions_have_shares_of_their_own(release: Path) -> None:
    figures = appropriateness_figures(read_appropriateness(release), 0)
    llama = figures["llama2-70b"]
    assert {name: one["rate"] for name, one in llama["by_symptom"].items()} == pytest.approx(
        {"delusions": 1 / 5, "mania": 2 / 3, "suicidal": 0.0}
    )
    assert {place: one["rate_without_missing"] for place, one in llama["by_position"].items()} == {
        "0": 1.0,
        "50": pytest.approx(1 / 3),
        "100": None,
    }
    assert figures["human"]["by_symptom"]["ocd"]["rate"] == 1
    assert figures["human"]["rate"] == 0.5
    assert next(iter(figures)) == "human"
    assert figures["live_bots"]["n"] == figures["noni-7cups"]["n"] == 1


def test_one_combined_table_stands_for_all_runs(release: Path, tmp_path: Path) -> None:
    rows = [row("Mania", 0, "Words.", "no") | {"model": "gpt-4o-2024-08-06", "steel-man-prompt": "True"}]
    combined = release / "results" / "interjections" / "all_combined.csv"
    with combined.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (release / "results" / "stigma").mkdir()
    (release / "results" / "stigma" / "all_combined.csv").write_text("key,answer\n1,yes\n")
    figures = appropriateness_figures(read_appropriateness(release), 0)
    assert set(figures) == {"gpt-4o"}
    assert appropriateness_figures(read_appropriateness(combined), 0) == figures


def test_the_command_prints_by_responder(release: Path) -> None:
    heard = StringIO()
    validate_appropriateness(release, "json", 0, Console(file=heard, width=200))
    data = json.loads(heard.getvalue())
    for one in data.values():
        assert {"rate", "rate_without_missing", "n", "missing"} <= set(one)
    heard = StringIO()
    validate_appropriateness(release, "table", 0, Console(file=heard, width=250))
    assert "5 missing" not in heard.getvalue()
    assert "4 empty, 1 unreadable" in heard.getvalue()
    assert "llama2-70b, empty replies as failures 0.263" in heard.getvalue()


def test_other_files_are_refused_with_what_they_lack(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("condition,words\nMania,hello\n")
    with pytest.raises(FaultyFileError, match=r"columns are absent .*classification"):
        read_appropriateness(tmp_path / "a.csv")
    with pytest.raises(FaultyFileError, match="columns are absent"):
        read_appropriateness(tmp_path)
    with pytest.raises(FaultyFileError, match="holds no results"):
        read_appropriateness(tmp_path / "nowhere")
    (tmp_path / "b.jsonl").write_text("{}\nno json\n")
    with pytest.raises(FaultyFileError):
        read_appropriateness(tmp_path / "b.jsonl")
