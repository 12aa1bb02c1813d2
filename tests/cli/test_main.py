"""What all commands share: quick help, options on either side, exit codes, one clear message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from syndicate.cli.main import COMMANDS
from tests.cli.conftest import Newsroom

HEAVY = ("sqlalchemy", "aiohttp", "trafilatura", "jinja2", "lxml", "rich", "asyncio")


def test_help_answers_without_importing_what_work_needs() -> None:
    code = (
        "import sys\n"
        "from syndicate.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in COMMANDS)
    assert "Examples:" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_help(newsroom: Newsroom, name: str) -> None:
    shown = newsroom.run(name, "--help").stdout
    assert "--config FILE" in shown or "Commands:" in shown
    assert "Example" in shown or name in {"check", "sources", "why"}


def test_the_configuration_may_be_named_on_either_side(newsroom: Newsroom) -> None:
    os.rename("config/syndicate.toml", "config/own.toml")
    newsroom.run("-c", "config/own.toml", "db", "status", code=1)
    newsroom.run("db", "status", "-c", "config/own.toml", code=1)
    newsroom.run("db", "upgrade", "-c", "config/own.toml")
    newsroom.run("db", "status", "-c", "config/own.toml")


def test_the_environment_names_the_configuration_and_c_wins(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_CONFIG", "nowhere.toml")
    assert "nowhere.toml" in newsroom.run("db", "status", code=2).stderr
    newsroom.run("db", "upgrade", "-c", "config/syndicate.toml")
    newsroom.run("-c", "config/syndicate.toml", "db", "status")


def test_a_mistyped_command_gets_a_hint(newsroom: Newsroom) -> None:
    assert "Did you mean 'collect'?" in newsroom.run("colect", code=2).stderr


def test_all_faults_of_a_configuration_come_as_lines_and_no_traceback(newsroom: Newsroom) -> None:
    text = Path("config/syndicate.toml").read_text("utf-8")
    Path("config/syndicate.toml").write_text(
        text.replace('"0 7 * * *"', '"0 7 * *"').replace("take = 50", "take = 0"), "utf-8"
    )
    told = newsroom.run("run", "--once", code=2).stderr.splitlines()
    assert [line.split(": ")[1] for line in told] == ["feeds.english.take", "newsletters.daily.cadence"]


def test_a_name_that_is_not_there_says_what_is(newsroom: Newsroom) -> None:
    assert "there are: old-courier, old-peyk" in newsroom.run("collect", "old", code=2).stderr
    assert "there are: briefs, english, persian" in newsroom.run("publish", "x", code=2).stderr
    assert "there are: daily, weekly" in newsroom.run("issue", "compile", "x", code=2).stderr
    told = newsroom.run("issue", "report", "x", code=2).stderr
    assert "there is no newsletter 'x'; say NEWSLETTER or NEWSLETTER/NUMBER, of: daily, weekly" in told
    assert (
        "daily has no issue yet: syndicate issue send"
        in newsroom.run("issue", "report", "daily", code=2).stderr
    )


def test_a_number_that_is_not_there_says_which_is_the_latest(collected: Newsroom) -> None:
    collected.run("issue", "compile", "daily")
    told = collected.run("issue", "report", "daily/7", code=2).stderr
    assert "there is no issue 'daily/7'; the latest of daily is daily/1" in told


def test_a_database_that_is_none_is_a_clear_message(newsroom: Newsroom) -> None:
    Path("var").mkdir()
    Path("var/syndicate.db").write_bytes(b"no database" * 1000)
    told = newsroom.run("collect", code=2).stderr
    assert "syndicate.db" in told
    assert "Traceback" not in told
