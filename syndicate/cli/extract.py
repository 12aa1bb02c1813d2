"""`syndicate extract`."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from syndicate.cli.fetching import allow_host, fetching, web_address
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import now, start_log
from syndicate.collect.extracting import HANDFUL, Given, extract_given
from syndicate.collect.visits import opened


@click.command(cls=Command)
@click.argument("pages", nargs=-1, required=True, metavar="PATH-or-URL...")
@click.option(
    "--url", default="", callback=web_address, help="The address that the page once had; with one PATH only."
)
@click.option("--fast", is_flag=True, help="One opinion on where the article is, at a third of the cost.")
@click.option("--alone", is_flag=True, help="Each page by itself, whatever others of its host show.")
@click.option("--jsonl", is_flag=True, help="One JSON object a line, in the order of the input.")
@allow_host
@click.pass_obj
def extract(options: Options, /, pages: tuple[str, ...], url: str, **how: Any) -> int:
    """Say what would be read from saved pages and from addresses. Stores nothing; needs no configuration.

    Reads .gz too, and - for standard input. Lines that several pages of one host show belong to none of their
    articles, so that more pages at a time are read better.

    \b
    Examples:
      syndicate extract page.html --url https://old.courier.example/2019/ferry
      syndicate extract https://old.courier.example/2019/ferry
      syndicate extract --jsonl saved/*.html > saved.jsonl
    """
    if url and (len(pages) > 1 or Given(name=pages[0]).is_address):
        raise click.UsageError("--url goes with one PATH only")
    start_log(level=logging.ERROR)
    given = [Given(name=page, url=url) for page in pages]
    jsonl = how["jsonl"] or options.json
    with _progress(options, given, alone=how["alone"]) as told:
        failed = asyncio.run(_tell_all(given, options, how=how, jsonl=jsonl, told=told))
    return IN_PART if failed else DONE


async def _tell_all(
    given: Sequence[Given], options: Options, *, how: Mapping[str, Any], jsonl: bool, told: Callable[[], None]
) -> int:
    """How many pages failed; each is told as soon as it is known."""
    failed = 0
    settings, site = fetching(options, how["allowed"])
    async with opened(settings, site=site, now=now) as visits:
        found = extract_given(given, visits=visits, fast=how["fast"], alone=how["alone"], told=told)
        async for page in found:
            failed += "error" in page
            if jsonl:
                click.echo(json.dumps(page, ensure_ascii=False))
            elif "error" in page:
                _tell_error(page["file"], page["error"])
            elif not options.quiet:
                _tell(page)
    return failed


@contextmanager
def _progress(options: Options, given: Sequence[Given], *, alone: bool) -> Iterator[Callable[[], None]]:
    """A bar on stderr where somebody sees it and the wait is long enough to want one."""
    # Alone, pages are told as they come, which shows on the same terminal how far it is.
    unseen = not sys.stderr.isatty() or options.quiet or (alone and sys.stdout.isatty())
    if unseen or len(given) < HANDFUL:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading pages", total=len(given))
        yield lambda: bar.advance(task)


def _tell(found: Mapping[str, Any]) -> None:
    for name in ("file", "headline", "authors", "credit", "published", "updated", "language", "section"):
        if value := found[name]:
            click.echo(f"{name + ':':<11}{', '.join(value) if isinstance(value, list) else value}")
    click.echo(f"\n{found['body_text']}\n")
    for brief in found["briefs"]:
        click.echo(f"* {brief['text']} {brief['url'] or ''}".rstrip())
    if notice := found["archive_notice"]:
        click.echo(f"\nnotice:    {notice['text']} {notice['successor_url']}".rstrip())
    for warning in found["warnings"]:
        click.echo(f"{found['file']}: {warning}", err=True)


def _tell_error(name: str, error: str) -> None:
    # Most errors begin with what they are about.
    click.echo(error if error.startswith(name) else f"{name}: {error}", err=True)
