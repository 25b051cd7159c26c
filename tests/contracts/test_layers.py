"""`.importlinter` names modules one by one; a new one must be put in its place there before it is done."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = {
    "contract", "conversation", "facts", "family", "groups", "items", "registry", "shares", "transcripts", "wording",
}  # fmt: skip
"""What measures are made of, or what gathers them: no measure of its own, so others may import it."""


def contract(name: str) -> dict[str, list[str]]:
    read = ConfigParser()
    read.read(ROOT / ".importlinter", encoding="utf-8")
    return {key: value.split() for key, value in read[f"importlinter:contract:{name}"].items()}


def children(folder: str) -> set[str]:
    paths = (ROOT / "src" / "therapyarc" / folder).iterdir()
    return {path.stem for path in paths if not path.stem.startswith("__")}


def named(modules: list[str], folder: str) -> set[str]:
    prefix = f"therapyarc.{folder}."
    return {module.removeprefix(prefix) for module in modules if module.startswith(prefix)}


def test_every_measure_is_held_apart_from_every_other() -> None:
    assert named(contract("measures-independent")["modules"], "measures") == children("measures") - SHARED


def test_in_the_hosts_those_alone_reach_the_key_who_assign() -> None:
    assert named(contract("masking")["source_modules"], "tasks") == children("tasks") - {"conduct", "courses"}
