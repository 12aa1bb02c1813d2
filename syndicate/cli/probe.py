"""`syndicate probe`."""

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten

import click

from syndicate.cli.fetching import allow_host, fetching, web_address
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, now, start_log, table
from syndicate.collect.extracting import not_fetched
from syndicate.collect.probing import Asking, Probe, probe_file, probe_url
from syndicate.collect.proposal import as_toml
from syndicate.errors import AddressForbidden, FetchRefused
from syndicate.schedule.results import plain

SHOWN_LINKS = 10
LONGEST_VALUE = 90


@click.command(cls=Command)
@click.argument("where", metavar="URL-or-PATH")
@click.option(
    "--pages", default=3, metavar="N", type=click.IntRange(0, 20), help="Articles of a listing to look at; 3."
)
@click.option(
    "--url", default="", callback=web_address, help="With a PATH: the address that the page once had."
)
@allow_host
@click.pass_obj
def probe(options: Options, where: str, pages: int, url: str, allowed: tuple[str, ...]) -> int:
    """Look at an address before it becomes a source: what would be collected, how sure that is, and what to
    paste into the configuration. Stores nothing, needs no configuration; [fetch] of one that is there counts.

    \b
    Examples:
      syndicate probe https://old.courier.example/news        a listing, and three of its articles
      syndicate probe https://courier.example/feed.xml        whether a feed has whole texts
      syndicate probe saved/ferry.html --url https://old.courier.example/2019/ferry
      syndicate probe http://127.0.0.1:8000/ --allow-host 127.0.0.1:8000
    """
    found = _from_web(options, where, pages, allowed) if "://" in where else _from_file(where, url)
    toml = as_toml(found)
    answer(options, {**plain(found), "toml": toml}, lambda: _tell(found, toml))
    return IN_PART if found.is_barren else DONE


def _from_file(where: str, url: str) -> Probe:
    if not Path(where).is_file():
        raise click.UsageError(f"there is no file {where!r}; an address begins with https:// or http://")
    return probe_file(Path(where), url=url)


def _from_web(options: Options, where: str, pages: int, allowed: Sequence[str]) -> Probe:
    start_log(level=logging.ERROR)
    settings, site = fetching(options, allowed)
    asking = Asking(settings=settings, site=site, now=now, pages=pages)
    try:
        with _waiting(options, where):
            return asyncio.run(probe_url(where, asking))
    except AddressForbidden as error:
        raise FetchRefused(not_fetched(error), url=where) from error


@contextmanager
def _waiting(options: Options, where: str) -> Iterator[None]:
    """Says on a terminal what takes so long: a polite guest leaves a second between two pages."""
    if options.quiet or options.json or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"Looking at {where}"):
        yield


def _tell(found: Probe, toml: str) -> None:
    named = f": {found.site}" if found.site else ""
    click.echo(f"{found.url or found.where}{named}")
    article = "an" if found.sight.startswith("a") else "a"
    click.echo(f"This is {article} {found.sight.value} ({_word(found.sure)} {found.sure:.2f}).\n")
    if found.links:
        _tell_links(found)
    if found.fields:
        _tell_fields(found)
    for label, addresses in (("feed", found.feeds), ("sitemap", found.sitemaps)):
        for address in addresses:
            click.echo(f"{label}: {address}")
    if found.notice:
        click.echo(f"archive notice: {found.notice}")
        click.echo(f"successor: {found.successor_url or 'not named'}")
    for remark in found.remarks:
        click.echo(f"note: {remark}")
    click.echo(f"\nTo paste into the configuration:\n\n{toml}", nl=False)


def _word(sure: float) -> str:
    return "sure" if sure >= 0.85 else "likely" if sure >= 0.6 else "doubtful"


def _tell_links(found: Probe) -> None:
    shown = found.links[:SHOWN_LINKS]
    rows = [[one.headline, "" if one.words is None else one.words, one.url, one.fault] for one in shown]
    table(f"It leads to {len(found.links)} pages", ("headline", "words", "address", "fault"), rows)
    if len(found.links) > len(shown):
        click.echo(f"… and {len(found.links) - len(shown)} more")
    click.echo()


def _tell_fields(found: Probe) -> None:
    rows = [
        [
            one.name,
            shorten(one.value, LONGEST_VALUE, placeholder=" …"),
            one.word + (f" {one.sure:.2f}" if one.value else ""),
            ", ".join(one.witnesses),
            found.selectors.get(one.name, ""),
        ]
        for one in found.fields
    ]
    title = f"What is read from {found.of}" if found.of and found.of != found.url else ""
    table(title, ("field", "value", "how sure", "said by", "selector"), rows)
    click.echo()
