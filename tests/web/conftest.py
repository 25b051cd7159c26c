"""A small study with people in it, its database on both systems, and browsers without a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.postgres import Cluster, binaries
from fakes.visitors import MATERIAL, STUDY, House
from therapyarc.domain.design import Design
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.store import sqlite_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def browser() -> Iterator["Browser"]:
    """A real browser, or a skip with the reason."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there (apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        yield running
        running.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of our own, or a skip with the reason."""
    if binaries() is None:
        pytest.skip("PostgreSQL's server programs are not installed (apt-get install postgresql)")
    with Cluster(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database on each system."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "people.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.fresh()


@pytest.fixture(scope="session")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    """The study as it is read once for all tests."""
    folder = tmp_path_factory.mktemp("design")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    return load_design(folder / "study.yaml")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text(MATERIAL, encoding="utf-8")
    return path


@pytest.fixture
def house(design: Design, url: str, tmp_path: Path) -> Iterator[House]:
    """The site on each database."""
    with Store(url) as store, House(design, store, tmp_path) as house:
        yield house


@pytest.fixture
def site(design: Design, tmp_path: Path) -> Iterator[House]:
    """The site on SQLite alone, for what does not depend on the database."""
    with (
        Store(sqlite_url(tmp_path / "people.db")) as store,
        House(design, store, tmp_path) as house,
    ):
        yield house
