"""Whoever sends from a terminal sees how far it is."""

import asyncio
import os
import pty
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from syndicate.app import App
from syndicate.cli.main import Options
from syndicate.cli.progress import Bars
from syndicate.cli.sending_bar import sending_bar
from syndicate.cli.session import run_app
from tests.cli.conftest import Newsroom


def drawn(terminal: int, *words: bytes) -> bytes:
    """What was drawn once it holds all the words."""
    seen = b""
    while not all(word in seen for word in words):
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 4096)
    return seen


@contextmanager
def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """In the place of stderr; what whoever sits there reads."""
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as file, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", file)
        yield ours
    os.close(ours)


def test_a_terminal_shows_how_many_of_an_issue_are_done(
    collected: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected.run("issue", "send", "daily", "--yes")

    async def work(app: App) -> bytes:
        async with sending_bar(bars, app, "daily"):
            return await asyncio.to_thread(drawn, terminal, b"daily/1", b"2/2")

    with a_terminal(monkeypatch) as terminal, Bars(Options()) as bars:
        assert run_app(Options(), work)


def test_an_issue_that_is_not_there_yet_harms_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(app: App) -> str:
        async with sending_bar(bars, app, "daily"):
            return app.catalogue.site.name

    with a_terminal(monkeypatch), Bars(Options()) as bars:
        assert run_app(Options(), work)


@pytest.mark.parametrize("change", [{"quiet": True}, {"json": True}])
def test_nothing_is_drawn_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, change: dict) -> None:
    with a_terminal(monkeypatch):
        assert Bars(Options()).shown
        assert not Bars(Options(**change)).shown
