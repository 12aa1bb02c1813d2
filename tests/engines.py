"""What carries jobs in a test: the embedded runner on SQLite, or Procrastinate on PostgreSQL."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from syndicate.config import load
from syndicate.schedule.engine import prepare
from syndicate.upkeep import upgrade_schema
from tests.neighbours.postgres import Cluster

ENGINES = ("embedded", "procrastinate")
TEMPLATE = "syndicate_procrastinate"
COMMENTED = re.compile(r"^# (engine|database) = .*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One of the two; `database` is empty where it stands in the data folder."""

    name: str
    database: str = ""

    @property
    def environ(self) -> Mapping[str, str]:
        """What chooses it over any configuration."""
        if not self.database:
            return {}
        return {"SYNDICATE_DATABASE": self.database, "SYNDICATE_DISPATCH__ENGINE": self.name}

    def configure(self, path: Path) -> None:
        """Choose it in a copy of the shipped configuration, where both settings stand as comments."""
        if self.database:
            chosen = {"engine": self.name, "database": self.database}
            text = path.read_text("utf-8")
            path.write_text(COMMENTED.sub(lambda found: f'{found[1]} = "{chosen[found[1]]}"', text), "utf-8")


def prepare_template(cluster: Cluster, folder: Path) -> None:
    """Put both schemas, ours and Procrastinate's, into a database that is then copied for each test."""
    cluster.run(f'CREATE DATABASE "{TEMPLATE}"')
    path = folder / "syndicate.toml"
    path.write_text("", "utf-8")
    engine = Engine(name="procrastinate", database=cluster.url(TEMPLATE))
    config = load(path, environ={"SYNDICATE_DATA_DIR": str(folder / "var"), **engine.environ})
    upgrade_schema(config)
    prepare(config.database, config.settings.dispatch.engine)


@contextmanager
def an_engine(name: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Procrastinate comes with a fresh database. Skips where PostgreSQL is not installed."""
    if name == "embedded":
        yield Engine(name=name)
        return
    cluster: Cluster = request.getfixturevalue("procrastinate_cluster")
    database = cluster.create(template=TEMPLATE)
    yield Engine(name=name, database=cluster.url(database))
    cluster.drop(database)
