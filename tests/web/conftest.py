"""A small study with people in it, its database on both systems, and browsers without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.postgres import Cluster, binaries
from fakes.visitors import STUDY, House
from therapyarc.files.study import load_design
from therapyarc.web import Store
from therapyarc.web.store import sqlite_url


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


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    (tmp_path / "ba-page.md").write_text("# Synthetic material\n\nActivity and mood <b>go</b> together.\n")
    return path


@pytest.fixture
def house(study: Path, url: str) -> Iterator[House]:
    """The site on each database."""
    with Store(url) as store, House(load_design(study), store, study.parent) as house:
        yield house


@pytest.fixture
def site(study: Path, tmp_path: Path) -> Iterator[House]:
    """The site on SQLite alone, for what does not depend on the database."""
    with (
        Store(sqlite_url(tmp_path / "people.db")) as store,
        House(load_design(study), store, study.parent) as house,
    ):
        yield house
