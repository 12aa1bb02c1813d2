"""Commands called in this process, in a folder of their own with the shipped configuration."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from syndicate.cli.main import main
from tests.engines import an_engine

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Newsroom:
    """A folder with a configuration, and the command in it."""

    folder: Path

    def run(self, *args: str, code: int = 0, typed: str | None = None) -> Result:
        """Call the command; its exit code is checked."""
        result = CliRunner().invoke(main, args, input=typed, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    def ask(self, *args: str, code: int = 0) -> Any:
        """Call the command with --json and read its answer."""
        return json.loads(self.run(*args, "--json", code=code).stdout)


@pytest.fixture
def engine_name() -> str:
    """Most commands do not care who carries jobs; where they do, a module has them run with each."""
    return "embedded"


@pytest.fixture
def newsroom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, engine_name: str
) -> Iterator[Newsroom]:
    """An empty newsroom with the shipped configuration."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNDICATE_CONFIG", raising=False)
    with an_engine(engine_name, request) as engine:
        engine.configure(tmp_path / "config/syndicate.toml")
        yield Newsroom(tmp_path)
    structlog.reset_defaults()


@pytest.fixture
def collected(newsroom: Newsroom) -> Newsroom:
    """One with two subscribers of each newsletter and the sample collected, nothing compiled."""
    newsroom.run("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    newsroom.run("collect")
    return newsroom
