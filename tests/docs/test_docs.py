"""The documentation names what there is, its links lead somewhere, and its examples run."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import generate
import pytest
from making.files import ARTEFACTS
from typer.main import get_command
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.domain import Study
from therapyarc.files.cases import case_ids
from therapyarc.files.library import instrument_ids, material_ids, policy_ids, read_instrument
from therapyarc.files.study import load_design
from therapyarc.measures import every_measure
from therapyarc.tasks.embedded.weights import CATALOGUE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def _named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield " ".join(path), command


MADE = generate.pages()
COMMANDS = dict(_commands(get_command(app), ("therapyarc",)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_reference_with_its_options(name: str) -> None:
    rows = (REFERENCE / "commands.md").read_text(encoding="utf-8").splitlines()
    own = [row for row in rows if row.startswith((f"| `{name} ", f"| `{name}`"))]
    assert len(own) == 1, f"docs/reference/commands.md needs one row for {name}"
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument":
            continue
        for option in (o for o in parameter.opts if o.startswith("--") and o != "--help"):
            assert f"`{option}`" in own[0], f"{name} {option}"


def test_options_of_the_program_itself_stand_in_the_reference() -> None:
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for parameter in get_command(app).params:
        assert all(option in text for option in parameter.opts if option != "--help")


@pytest.mark.parametrize("page", MADE, ids=lambda page: page.name)
def test_the_generated_reference_is_what_the_code_says(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == MADE[page], "run make reference"


def _within(kind: Any) -> Iterator[type[Any]]:
    """Yield every record that a type can hold."""
    if is_dataclass(kind) and isinstance(kind, type):
        yield kind
        for hint in get_type_hints(kind).values():
            yield from _within(hint)
    elif get_origin(kind) in {tuple, dict, list, Union, UnionType}:
        for part in get_args(kind):
            yield from _within(part)


def _section(page: str, heading: str) -> str:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/reference/{page} has no section {heading}"
    return found[1]


@pytest.mark.parametrize("kind", dict.fromkeys(_within(Study)), ids=lambda kind: kind.__name__)
def test_every_field_of_the_study_file_stands_in_the_reference(kind: type[Any]) -> None:
    """Goes by the records themselves, so that a fault of the generator cannot hide a field."""
    rows = _section("study-file.md", kind.__name__)
    for field in fields(kind):
        row = re.search(rf"^\| `{field.name}` \|.*\| (.*) \|$", rows, re.MULTILINE)
        assert row, f"{kind.__name__}.{field.name} has no row"
        assert row[1].strip(), f"{kind.__name__}.{field.name} has no docstring"


@pytest.mark.parametrize("name", instrument_ids())
def test_every_instrument_stands_in_the_reference(name: str) -> None:
    section, one = _section("instruments.md", name), read_instrument(name, ROOT)
    assert all(text in section for text in (one.version, one.title, one.construct, one.licence))
    assert all(f"| {anchor.value} | {anchor.label} |" in section for anchor in one.anchors)


def test_all_that_can_be_named_in_a_study_stands_in_the_reference() -> None:
    library = (REFERENCE / "library.md").read_text(encoding="utf-8")
    for name in (*instrument_ids(), *material_ids(), *policy_ids(), *case_ids()):
        assert f"| `{name}` |" in library
    speakers = (REFERENCE / "speakers-and-raters.md").read_text(encoding="utf-8")
    assert all(f"### {name}\n" in speakers for name in policy_ids())
    assert all(f"`embedded/{name}`" in speakers for name in CATALOGUE)
    measures = (REFERENCE / "measures.md").read_text(encoding="utf-8")
    assert all(
        f"| `{one.name}` |" in measures and one.ends in measures for _, one in every_measure().values()
    )


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = page.parent / target if target else page
        assert path.exists(), link
        assert not anchor or anchor in _anchors(path), link


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=_named)
def test_every_page_is_reached_from_the_index(page: Path) -> None:
    index = DOCS / "README.md"
    links = re.findall(r"\]\(([^)#]+)", index.read_text(encoding="utf-8"))
    assert page == index or page in {(DOCS / link).resolve() for link in links}


def test_the_glossary_is_in_order() -> None:
    terms = re.findall(r"^\*\*(.+?)\.\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert terms == sorted(terms, key=str.casefold)


@pytest.mark.parametrize("study", sorted((ROOT / "studies").glob("*/study.yaml")), ids=_named)
def test_shipped_studies_name_their_schema(study: Path) -> None:
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", study.read_text(encoding="utf-8"))
    assert found
    assert (study.parent / found[1]).is_file()


@pytest.mark.parametrize("study", ["demo", "ba-replication", "safety", "virtual-trial"])
def test_shipped_studies_are_valid(study: str) -> None:
    assert load_design(ROOT / "studies" / study / "study.yaml").study.id == study


def test_new_makes_a_study_that_check_accepts(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["new", str(tmp_path / "mine")]).exit_code == 0
    checked = runner.invoke(app, ["check", str(tmp_path / "mine" / "study.yaml"), "--draws", "20"])
    assert checked.exit_code == 0
    assert "is a valid study" in checked.output
    assert (
        (tmp_path / "mine" / "study.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=study.schema.json\n")
    )
    assert json.loads((tmp_path / "mine" / "study.schema.json").read_text())["title"] == "Study"


def _examples(form: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{_named(page)}:{place}")
        for page in PAGES
        for place, block in enumerate(_blocks(page, "yaml"))
        if form in block
    ]


@pytest.mark.parametrize("block", _examples("therapyarc/study/1"))
def test_studies_shown_in_the_documentation_are_valid(block: str, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(block, encoding="utf-8")
    load_design(path)


@pytest.mark.parametrize("block", _examples("therapyarc/instrument/1"))
def test_instruments_shown_in_the_documentation_are_valid(block: str, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(block, encoding="utf-8")
    read_instrument("one.yaml", tmp_path)


def test_every_yaml_block_is_of_a_form_that_is_checked() -> None:
    blocks = [block for page in PAGES for block in _blocks(page, "yaml")]
    assert all("therapyarc/study/1" in block or "therapyarc/instrument/1" in block for block in blocks)


@pytest.fixture(scope="module")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the tutorial's study, with a short course added, as its reader would."""
    folder = tmp_path_factory.mktemp("short")
    (block,) = _blocks(DOCS / "tutorial" / "first-study.md", "yaml")
    study = folder / "study.yaml"
    study.write_text(f"{block}courses: {{cases: [lotte], sessions: 1, exchanges: 2}}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["run", str(study), "--out", str(folder / "runs" / "short")])
    assert result.exit_code == 0, result.output
    return folder


def test_every_file_of_a_run_stands_in_the_reference(short_run: Path) -> None:
    run = short_run / "runs" / "short"
    files = (str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    there = {re.sub(r"[0-9a-f]{16}", "ID", re.sub(r"^(figures|tables)/.*", r"\1/", name)) for name in files}
    absent = {
        "logs/", "calibration.json", "sensitivity.json", "codes.jsonl", "people.db", "session-ratings.jsonl",
    }  # fmt: skip
    assert there == {one.name for one in ARTEFACTS} - absent


def test_masked_files_of_a_run_name_neither_arm_nor_actor(short_run: Path) -> None:
    assert b"reflector" in (short_run / "runs" / "short" / "allocation.jsonl").read_bytes()
    for one in ARTEFACTS:
        if one.masked and one.name not in {"calibration.json", "codes.jsonl", "session-ratings.jsonl"}:
            content = (short_run / "runs" / "short" / one.name).read_bytes()
            assert b"reflector" not in content, one.name


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "python")], ids=_named)
def test_python_shown_in_the_documentation_runs(
    page: Path, short_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(short_run)
    names: dict[str, Any] = {}
    for block in _blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)
