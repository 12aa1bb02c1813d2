"""Fixtures that several packages' tests need: databases with the schema in them, one for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicate.store.database import Database
from syndicate.store.upgrade import upgrade
from tests.engines import ENGINES, Engine, an_engine, prepare_template
from tests.neighbours.postgres import TEMPLATE, Cluster, running_cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL cluster with our schema in its template database; one for each worker of a run."""
    with running_cluster() as cluster:
        cluster.run(f'CREATE DATABASE "{TEMPLATE}"')
        _create_schema(cluster.url(TEMPLATE))
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "syndicate.db"
    _create_schema(str(path))
    return path


@pytest.fixture(scope="session")
def procrastinate_cluster(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The same cluster, with Procrastinate's schema beside ours in a second template."""
    prepare_template(postgres, tmp_path_factory.mktemp("procrastinate"))
    return postgres


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """What carries jobs; the test runs once with the embedded runner and once with Procrastinate."""
    with an_engine(request.param, request) as chosen:
        yield chosen


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh SQLite database's path."""
    return str(shutil.copy(sqlite_template, tmp_path / "syndicate.db"))


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """A fresh PostgreSQL database's URL."""
    name = postgres.create(template=TEMPLATE)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database's URL or path; the test runs once with each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema; the test runs once with SQLite and once with PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL or path of a database without any table; the test runs once with each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "empty.db")
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def empty_db(empty_url: str) -> Iterator[Database]:
    """A database without any table; the test runs once with SQLite and once with PostgreSQL."""
    database = Database(empty_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_db(sqlite_url: str) -> Iterator[Database]:
    """A fresh SQLite database with the schema, for what the kind of database has no part in."""
    database = Database(sqlite_url)
    yield database
    database.close()


def _create_schema(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()
