"""An issue of long ago, by command: its account stands, and who got it is said to be in a file."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.session import run_app
from syndicate.schedule.jobs import do_job
from tests.cli.conftest import Newsroom


@pytest.fixture
def archived(collected: Newsroom) -> Newsroom:
    """After an issue was sent, and more than 400 days."""
    collected.run("issue", "send", "daily", "--yes")

    async def pass_days(app: App) -> None:
        later = app.now() + timedelta(days=401)
        await do_job(replace(app, sending=replace(app.sending, now=lambda: later)), "delivery.archive", {})

    run_app(Options(), pass_days)
    return collected


def test_its_report_accounts_for_everybody_and_names_the_file(archived: Newsroom) -> None:
    told = archived.ask("issue", "report", "daily")
    assert sum(told["tally"].values()) == told["candidates"] > 0
    assert told["missing"] == 0
    said = archived.run("issue", "report", "daily").stdout
    assert "no longer in the database: archive/deliveries-1.jsonl.zst in the data_dir of" in said
    assert Path("var/archive/deliveries-1.jsonl.zst").is_file()


def test_why_names_the_file_and_how_to_look_into_it(archived: Newsroom) -> None:
    told = archived.ask("why", "ben@readers.example")
    assert [one["file"] for one in told["archived"]] == ["deliveries-1.jsonl.zst"]
    said = archived.run("why", "ben@readers.example").stdout
    assert "No issue was ever meant" not in said
    assert f'grep \'"subscriber_id":{told["subscriber_id"]},' in said


def test_it_is_sent_to_nobody_else(archived: Newsroom) -> None:
    for wish in ("--new", "--missed"):
        assert "goes to nobody else" in archived.run("issue", "send", "daily", wish, "--yes", code=2).stderr
    refused = archived.run("issue", "report", "daily", "--state", "sent", code=2)
    assert "who they are is no longer in the database" in refused.stderr
