"""`measure` end to end: every value or its reason, the same over kills and numbers of processes, nothing said too much."""

import csv
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from fakes.dying import die
from therapyarc.analysis.placement import AT
from therapyarc.cli import app, batches
from therapyarc.cli import measure as command
from therapyarc.cli.batches import Batch, BatchError, cut
from therapyarc.cli.measure import MeasureError, Wanted, measure_files
from therapyarc.coding.kept_codes import keeper
from therapyarc.domain import Missing, Turn
from therapyarc.files.corpus import Transcript
from therapyarc.files.errors import ArtefactError
from therapyarc.files.results import COLUMNS
from therapyarc.files.spoken import read_spoken
from therapyarc.measures import Conversation, Family, Measure, conversation, families
from therapyarc.measures import transcripts as measuring

CLIENT = (
    "I felt so low on Monday.",
    "My sister rang and I did not pick up.",
    "Yes, but it will not help.",
    "Hm.",
)
THERAPIST = ("What was that like for you?", "You felt low.", "So you did not pick up.", "Would a walk help?")


def session(seed: int, turns: int = 14) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    return [
        (("C", "T")[n % 2], f"{rng.choice((CLIENT, THERAPIST)[n % 2])} {rng.choice('abcdefgh')}{seed}")
        for n in range(turns)
    ]


def folder_of(path: Path, sessions: int) -> Path:
    path.mkdir()
    for seed in range(sessions):
        (path / f"s{seed:02d}.txt").write_text("\n".join(f"{who}: {text}" for who, text in session(seed)))
    return path


def run(given: Path, out: Path, **wanted: object) -> str:
    console = Console(file=StringIO(), width=200)
    settings: dict[str, object] = {"jobs": 1, "surrogates": 4} | wanted
    measure_files(Wanted(paths=(given,), out=out, **settings), console)  # type: ignore[arg-type]  # by name
    written = console.file
    assert isinstance(written, StringIO)
    return written.getvalue()


def rows(out: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(out / "measurements.parquet").to_pylist()
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "TURNS", 40)
    monkeypatch.setattr(batches, "MEMBERS", 3)


def test_every_measure_of_every_family_has_a_value_or_a_reason(tmp_path: Path) -> None:
    given, out = folder_of(tmp_path / "in", 5), tmp_path / "out"
    (given / "short.txt").write_text("C: Hm.")
    run(given, out)
    found = rows(out)
    heard = {one.id: conversation(one.turns) for one in read_spoken([given]).transcripts}
    wanted = [row for name, one in heard.items() for family in families() for row in family.rows(name, one)]
    assert [(r["session"], r["measure"], r["version"], r["value"], r["missing"]) for r in found] == [
        (one.session, one.measure, one.version, one.value, one.missing) for one in wanted
    ]
    assert all((r["value"] is None) != (r["missing"] is None) for r in found)
    assert {r["missing"] for r in found if r["session"] == "short"} >= {"too_short"}
    assert {r["file"] for r in found if r["session"] == "s01"} == {str(given / "s01.txt")}
    valued = [r for r in found if r["measure"] == "uptake_therapist" and r["value"] is not None]
    assert valued
    for figure in ("shuffle_mean", "pseudo_sd", "length_mean"):
        assert all(r[figure] is not None for r in valued)
    assert all(r["shuffle_mean"] is None for r in found if r["measure"] == "turns")


def test_the_table_begins_with_the_columns_of_a_study_s_table(tmp_path: Path) -> None:
    run(folder_of(tmp_path / "in", 2), tmp_path / "out")
    own = pq.read_schema(tmp_path / "out" / "measurements.parquet")
    assert [own.field(name) for name in COLUMNS.names] == list(COLUMNS)


def test_neither_processes_nor_a_second_run_change_a_byte(tmp_path: Path, small: None) -> None:
    del small
    given = folder_of(tmp_path / "in", 14)
    run(given, tmp_path / "one", csv=True)
    run(given, tmp_path / "two", csv=True, jobs=2)
    for name in ("measurements.parquet", "measurements.csv", "summary.html", "unread.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    before = (tmp_path / "one" / "measurements.parquet").read_bytes()
    assert "14 of 14 transcripts were measured already" in run(given, tmp_path / "one")
    assert (tmp_path / "one" / "measurements.parquet").read_bytes() == before


CHILD = """\
import os, signal
import therapyarc.cli.batches as batches
import therapyarc.files.artefact as artefact
from therapyarc.cli import main
batches.TURNS, batches.MEMBERS = 40, 3
writes, fsync = 0, os.fsync
def counted(descriptor):
    global writes
    writes += 1
    if writes == int(os.environ.get("KILL_BEFORE_WRITE", "0")):
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)
artefact.os.fsync = counted
main()
"""


def child(given: Path, out: Path, jobs: int, kill: int = 0) -> tuple[int, str]:
    options = ["measure", str(given), "--out", str(out), "--surrogates", "4", "--jobs", str(jobs)]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *options],
        env=os.environ | {"KILL_BEFORE_WRITE": str(kill), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("kill", "jobs"), [(1, 1), (3, 1), (4, 2), (6, 1)])
def test_a_killed_run_goes_on_where_it_stood(tmp_path: Path, small: None, kill: int, jobs: int) -> None:
    """The first write is of the inputs, then one of each piece."""
    del small
    given, whole, out = folder_of(tmp_path / "in", 50), tmp_path / "whole", tmp_path / "killed"
    run(given, whole)
    assert len(list((whole / "pieces").iterdir())) >= 4
    code, _ = child(given, out, jobs, kill)
    assert code == -signal.SIGKILL
    assert not (out / "measurements.parquet").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("pieces/*.parquet")}
    assert len(kept) == max(0, kill - 2)
    (out / ".sorting-left").mkdir()  # as a kill while rows are sorted leaves it
    code, said = child(given, out, 1)
    assert code == 0, said
    assert all((out / "pieces" / name).stat().st_mtime_ns == at for name, at in kept.items()), (
        "measured twice"
    )
    assert ("were measured already" in said) == bool(kept)
    for name in ("measurements.parquet", "summary.html"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    assert not [path for path in out.rglob(".*") if path.name != ".lock"]


def test_a_changed_input_is_told_and_only_what_is_near_it_is_measured_again(
    tmp_path: Path, small: None
) -> None:
    del small
    given, out = folder_of(tmp_path / "in", 30), tmp_path / "out"
    run(given, out)
    before = {path.name for path in (out / "pieces").iterdir()}
    (given / "s07.txt").write_text("C: All is new.\nT: Is it?\n" * 8)
    (given / "s08.txt").unlink()
    (given / "s99.txt").write_text("C: I came late.\nT: You did.\n" * 8)
    said = run(given, out)
    assert f"changed since the last run and measured again: {given / 's07.txt'}" in said
    assert f"left out of the table: {given / 's08.txt'}" in said
    assert f"new since the last run: {given / 's99.txt'}" in said
    now = {path.name for path in (out / "pieces").iterdir()}
    assert len(before & now) >= len(before) / 3, "pieces far from the change are kept"
    run(given, tmp_path / "fresh")
    assert (out / "measurements.parquet").read_bytes() == (
        tmp_path / "fresh" / "measurements.parquet"
    ).read_bytes()
    assert "another setting than in the last run, so all is measured again: seed" in run(given, out, seed=5)


def test_a_process_that_ends_by_itself_is_told(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del small
    monkeypatch.setattr(batches, "measure_transcripts", die)
    with pytest.raises(BatchError, match="--jobs 1"):
        run(folder_of(tmp_path / "in", 20), tmp_path / "out", jobs=2)


def test_a_family_that_fails_leaves_its_reason_and_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute(heard: Conversation) -> Mapping[str, float | Missing]:
        raise ZeroDivisionError(f"planted at {len(heard.turns)}")

    own = Measure(
        name="turns", construct="c", meaning="m", unit="u", low=0, high=1, ends="e", minimum="n", perspective="text",
        version="1-A", source="s",
    )  # fmt: skip
    broken = Family(id="broken", measures=(own,), compute=compute)
    monkeypatch.setattr(measuring, "families", lambda: (broken, families()[1]))
    said = run(folder_of(tmp_path / "in", 2), tmp_path / "out")
    assert "s00: measures of broken failed (ZeroDivisionError: planted at 14)" in said
    assert [r["missing"] for r in rows(tmp_path / "out") if r["measure"] == "turns"] == ["failed", "failed"]
    assert any(r["value"] is not None for r in rows(tmp_path / "out"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no marks at all",
        "T: only one side",
        "C: 🙂🙂",
        "T: x\nC: " + "w " * 500_000,
        "C: 我很累\nT: 嗯",
        "C: a\n" * 40,
    ],
)
def test_odd_files_give_values_or_reasons(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.txt").write_text(text, encoding="utf-8")
    (tmp_path / "good.txt").write_text("T: How was it?\nC: Bad.\n" * 5)
    out = tmp_path / "out"
    files = [str(tmp_path / name) for name in ("odd.txt", "good.txt", "absent.txt")]
    result = CliRunner().invoke(app, ["measure", *files, "--out", str(out), "--surrogates", "5"])
    assert result.exit_code == 0, result.output
    assert "there is no such file" in result.output
    notes = list(csv.DictReader((out / "unread.csv").read_text(encoding="utf-8").splitlines()))
    measured = {str(r["session"]) for r in rows(out)}
    assert "odd" in measured or any(note["file"].endswith("odd.txt") for note in notes)
    assert all((r["value"] is None) != (r["missing"] is None) for r in rows(out))


def test_the_table_as_csv_is_safe_for_spreadsheets(tmp_path: Path) -> None:
    given = tmp_path / "in.csv"
    given.write_text(
        "transcript,role,text\n" + "".join(f"=1+1,{r},Well then\n" for r in ("client", "therapist"))
    )
    run(given, tmp_path / "out", csv=True)
    with (tmp_path / "out" / "measurements.csv").open(encoding="utf-8") as handle:
        found = list(csv.DictReader(handle))
    assert {row["session"] for row in found} == {"'=1+1"}
    assert len(found) == len(rows(tmp_path / "out"))


EVIL = "<script>alert(1)</script> I hear you"


def test_the_page_needs_nothing_and_escapes_what_was_said(tmp_path: Path) -> None:
    given = folder_of(tmp_path / "in", 3)
    (given / "evil.txt").write_text(f"C: {EVIL}\nT: {EVIL}\n" * 4 + "<b>Mum</b>\n", encoding="utf-8")
    run(given, tmp_path / "out")
    page = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert page.count('class="turn client"') == 3 * 7 + 4
    assert 'class="code"' in page
    assert '<rect x="' in page, "the ribbon shows the acts"
    for name in (
        "uptake therapist", "By shuffle", "By pseudo-dyad", "By like length", "nothing of how good a therapist is",
    ):  # fmt: skip
        assert name in page


def test_without_surrogates_the_page_says_that_synchrony_may_not_be_read(tmp_path: Path) -> None:
    run(folder_of(tmp_path / "in", 3), tmp_path / "out", surrogates=0)
    page = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert "may be read as one person following the other" in page
    assert "By shuffle" not in page
    assert "3 not shown without a null" in page, "the value of a measure that means nothing alone is left out"
    assert page.count("not shown without a null") > 50


def test_the_printed_table_fits_eighty_columns_whole(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=80)
    measure_files(Wanted(paths=(folder_of(tmp_path / "in", 3),), out=tmp_path / "out", surrogates=4), console)
    assert isinstance(console.file, StringIO)
    printed = console.file.getvalue()
    assert "…" not in printed
    assert "semantic_wordllama_lag2_therapist" in printed


def test_the_page_of_many_transcripts_shows_no_turns_and_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("therapyarc.cli.measured.SECTIONS", 22)
    run(folder_of(tmp_path / "in", 24), tmp_path / "out", surrogates=0)
    page = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert 'class="turn' not in page
    assert page.count("<details") == 22
    assert "The first 22 of 24 are shown" in page


def synthetic(path: Path, low: float, high: float) -> Path:
    quantiles = [low + (high - low) * (at - 5) / 90 for at in AT]
    measures = {"turns": [40, (low + high) / 2, 1.0, quantiles]}
    path.write_text(yaml.safe_dump({"groups": {"high-quality": {"measures": measures}}}))
    return path


def test_values_of_another_coder_have_another_version_and_are_measured_again(tmp_path: Path) -> None:
    given = folder_of(tmp_path / "in", 2)
    run(given, tmp_path / "out")
    cues = {(row["session"], row["measure"]): row for row in rows(tmp_path / "out")}
    told = run(given, tmp_path / "out", coder="fast", against="high-quality")
    assert "another setting than in the last run, so all is measured again: measures" in told
    fast = {(row["session"], row["measure"]): row for row in rows(tmp_path / "out")}
    assert cues.keys() == fast.keys()
    coded = {one.name for family in families() if family.coded for one in family.measures}
    other = {place for place, row in fast.items() if row["version"] != cues[place]["version"]}
    assert {name for _, name in other} == coded
    for place in other:  # the measure's own version, the coder, and the digest of its weights
        assert str(fast[place]["version"]).rpartition(" ")[0] == f"{cues[place]['version']} fast"
    assert any(fast[place]["value"] != cues[place]["value"] for place in other)
    assert all(fast[place]["value"] == cues[place]["value"] for place in fast.keys() - other)
    placed = [row for row in fast.values() if row["place"] is not None]
    assert {"turns", "reflection_to_question"} <= {row["measure"] for row in placed} | {
        "reflection_to_question"
    }
    assert "found by the trained coder “fast”" in (tmp_path / "out" / "summary.html").read_text(
        encoding="utf-8"
    )


def test_codes_are_kept_between_runs_or_not_and_a_broken_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("THERAPYARC_CODE_CACHE")
    keeper.cache_clear()
    given, file = folder_of(tmp_path / "in", 2), tmp_path / "cache" / "codes" / "codes.sqlite"
    settings: dict[str, object] = {"coder": "fast", "surrogates": 0}
    run(given, tmp_path / "without", keep_codes=False, **settings)
    assert not file.exists()
    run(given, tmp_path / "cold", **settings)
    kept = keeper()
    assert kept is not None
    assert (kept.hits, kept.misses) == (2, 2), "measured once, and shown on the page from what was kept"
    run(given, tmp_path / "warm", **settings)
    assert (kept.hits, kept.misses) == (6, 2)
    kept.close()
    file.write_bytes(b"no database" * 1000)
    said = run(given, tmp_path / "broken", **settings)
    assert "begun anew" in said
    tables = {
        (tmp_path / name / "measurements.parquet").read_bytes()
        for name in ("without", "cold", "warm", "broken")
    }
    assert len(tables) == 1
    kept.close()
    keeper.cache_clear()


def test_transcripts_are_placed_among_people_s_without_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = folder_of(tmp_path / "in", 3)  # of 14 turns each
    (given / "short.txt").write_text("C: a\nT: b\n" * 2)
    profile = synthetic(tmp_path / "profiles.yaml", low=10, high=20)
    monkeypatch.setattr(command, "library_path", lambda shelf, name: profile)
    run(given, tmp_path / "out", against="high-quality")
    placed = {r["session"]: r["place"] for r in rows(tmp_path / "out") if r["measure"] == "turns"}
    assert placed == {"s00": "inside", "s01": "inside", "s02": "inside", "short": "below"}
    assert all(r["place"] is None for r in rows(tmp_path / "out") if r["measure"] != "turns")
    page = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert "inside the middle 90 %<small>near percentile 41</small>" in page
    assert "<b>outside</b> the middle 90 %<small>below it</small>" in page
    assert "3 of 4" in page
    assert "good therapist" not in page
    with pytest.raises(MeasureError, match="holds no profiles of low-quality"):
        run(given, tmp_path / "out", against="low-quality")


def test_masked_names_are_in_no_file_that_is_written(tmp_path: Path) -> None:
    given, out = tmp_path / "in", tmp_path / "out"
    given.mkdir()
    (given / "one.txt").write_text(
        "Annika: Hello Benedikt, how was it?\nBenedikt: I saw Ruprecht. Ring 0171 4567890.\nOttilie: Hm.\n"
        * 4
    )
    said = run(given, out, speakers=("Annika=therapist", "Benedikt=client"), mask=True, csv=True)
    assert "Ottilie" in said, "the terminal must say who is left out"
    written = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    for name in (b"Annika", b"annika", b"Benedikt", b"Ruprecht", b"4567890", b"Ottilie"):
        assert name not in written
    assert b"[Name1]" in written


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"speakers": ("Ana",)}, "must be NAME=client, NAME=therapist or NAME=other"),
        ({"columns": ("words=x",)}, "WHAT is one of speaker, text, transcript"),
        ({"out": Path("x.parquet")}, "must be a folder"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, wanted: dict[str, object], message: str) -> None:
    with pytest.raises(MeasureError, match=message):
        run(folder_of(tmp_path / "in", 1), **({"out": tmp_path / "out"} | wanted))  # type: ignore[arg-type]  # by name


def test_nothing_to_read_and_folders_of_others_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MeasureError, match="nothing to read"):
        run(tmp_path / "empty", tmp_path / "out")
    (tmp_path / "a.txt").write_text("nobody marked\n")
    with pytest.raises(MeasureError, match="no transcript could be read"):
        run(tmp_path / "a.txt", tmp_path / "out")
    with pytest.raises(ArtefactError, match="holds other things"):
        run(tmp_path / "a.txt", folder_of(tmp_path / "in", 1))


def transcripts(sizes: list[int]) -> list[tuple[str, Transcript]]:
    turn = Turn(role="client", text="Hm.")
    return [("f", Transcript(id=f"t{place}", turns=(turn,) * size)) for place, size in enumerate(sizes)]


@given(sizes=st.lists(st.integers(1, 900), max_size=60))
def test_batches_hold_all_in_order_and_enough_to_pair(sizes: list[int]) -> None:
    given = transcripts(sizes)
    found = list(cut(given))
    assert [one for batch in found for one in batch.members] == given
    assert all(len(batch.members) >= batches.MEMBERS for batch in found) or len(found) <= 1


def test_a_key_knows_words_ids_files_and_settings() -> None:
    base = Batch((("f", Transcript(id="a", turns=(Turn(role="client", text="Hm."),))),))
    others = [
        Batch((("g", base.members[0][1]),)),
        Batch((("f", Transcript(id="b", turns=base.members[0][1].turns)),)),
        Batch((("f", Transcript(id="a", turns=(Turn(role="client", text="Hm!"),))),)),
        Batch((("f", Transcript(id="a", turns=(Turn(role="therapist", text="Hm."),))),)),
    ]
    keys = {one.key({"seed": "1"}) for one in [base, *others]} | {base.key({"seed": "2"})}
    assert len(keys) == 6
