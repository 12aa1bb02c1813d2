"""The commands that do a part of what `run` does: what they take, refuse and say."""

import asyncio
from pathlib import Path

import click
import pytest

from syndicate.cli.patience import Waiting
from syndicate.cli.worker import read_queues
from syndicate.deliver.intake import answers
from syndicate.errors import DatabaseBusy
from tests.cli.conftest import Newsroom
from tests.neighbours.ports import free_port

AWAY = DatabaseBusy("the database is away")


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("deliver", ("deliver",)),
        ("deliver,collect", ("collect", "deliver")),
        (" publish , collect,", ("collect", "publish")),
        ("deliver,deliver", ("deliver",)),
    ],
)
def test_queues_are_named_in_any_order(text: str, queues: tuple[str, ...]) -> None:
    assert read_queues(text) == queues


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mail", "there is no queue 'mail'; there are collect, deliver and publish"),
        ("deliver,pubish", "there is no queue 'pubish'; did you mean \"publish\"?"),
        ("", "names no queue"),
        (",", "names no queue"),
    ],
)
def test_a_queue_that_is_none_is_told_with_those_there_are(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        read_queues(text)
    assert said in refused.value.message


@pytest.mark.parametrize("words", [("--queues", "mail"), ("--concurrency", "0"), ("--concurrency", "501")])
def test_a_worker_that_is_told_nonsense_does_not_start(newsroom: Newsroom, words: tuple[str, ...]) -> None:
    assert words[0] in newsroom.run("worker", *words, code=2).output


@pytest.mark.parametrize("role", ["scheduler", "worker", "web"])
def test_a_part_of_the_work_needs_postgresql(newsroom: Newsroom, role: str) -> None:
    told = newsroom.run(role, "--allow-root", code=2).output
    assert f"syndicate {role} needs PostgreSQL" in told
    assert "syndicate run" in told
    assert "syndicate db move" in told
    assert not Path("var").exists()


def test_a_port_that_is_taken_is_told_with_what_to_set(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNDICATE_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    # What belongs to no interface of this machine cannot be listened on either (RFC 5737).
    monkeypatch.setenv("SYNDICATE_HEALTH__LISTEN", "192.0.2.1:8081")
    told = newsroom.run("worker", "--allow-root", code=2).output
    assert "cannot listen on 192.0.2.1:8081" in told
    assert "SYNDICATE_HEALTH__LISTEN" in told


def test_a_wait_is_told_at_once_and_then_ever_more_seldom(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = Waiting(quiet=False)
    told = []
    for second in range(3600):
        waiting.tell(AWAY, float(second))
        if "Waiting for the database" in capsys.readouterr().err:
            told.append(second)
    waiting.over()
    assert told == [0, 10, 30, 70, 150, 310, 630, 1270, 2170, 3070]
    assert "The database is there" in capsys.readouterr().err


def test_who_did_not_wait_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    Waiting(quiet=False).over()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("unix", [False, True])
async def test_of_several_workers_one_listens_for_what_comes_back(tmp_path: Path, unix: bool) -> None:
    port, path = free_port(), tmp_path / "bounces.sock"
    place = f"unix:{path}" if unix else f"127.0.0.1:{port}"
    assert not await answers(place)
    serve = asyncio.start_unix_server if unix else asyncio.start_server
    where = (path,) if unix else ("127.0.0.1", port)
    async with await serve(lambda _, writer: writer.close(), *where):
        assert await answers(place)
    assert not await answers(place)
