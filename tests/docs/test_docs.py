"""The documentation names what there is, and links lead somewhere."""

import json
import re
from pathlib import Path

import generate
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from therapyarc.cli import app
from therapyarc.files.study import load_design

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/commands.md").read_text()
    group = get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # the root is a group
        assert f"therapyarc {name}" in text
        for parameter in command.params:
            for option in (o for o in parameter.opts if o.startswith("--") and o != "--help"):
                assert option in text, f"{name} {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("study", ["demo", "ba-replication"])
def test_shipped_studies_are_valid(study: str) -> None:
    assert load_design(ROOT / "studies" / study / "study.yaml").study.id == study


def test_new_makes_a_study_that_check_accepts(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["new", str(tmp_path / "mine")]).exit_code == 0
    checked = runner.invoke(app, ["check", str(tmp_path / "mine" / "study.yaml"), "--draws", "20"])
    assert checked.exit_code == 0
    assert "is a valid study" in checked.output
    assert json.loads((tmp_path / "mine" / "study.schema.json").read_text())["title"] == "Study"


@pytest.mark.parametrize("page", generate.pages(), ids=lambda page: page.name)
def test_the_generated_reference_is_what_the_code_says(page: Path) -> None:
    assert page.read_text() == generate.pages()[page], "run: make reference"


def test_every_field_of_the_study_file_is_described() -> None:
    schema = json.loads((ROOT / "docs/reference/study.schema.json").read_text())
    for name, record in [("Study", schema), *schema["$defs"].items()]:
        for field, detail in record.get("properties", {}).items():
            assert detail.get("description"), f"{name}.{field}"


def test_studies_shown_in_the_documentation_are_valid(tmp_path: Path) -> None:
    shown = [
        block
        for page in PAGES
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
        if "therapyarc/study/1" in block
    ]
    assert shown
    for place, block in enumerate(shown):
        path = tmp_path / f"{place}.yaml"
        path.write_text(block)
        load_design(path)
