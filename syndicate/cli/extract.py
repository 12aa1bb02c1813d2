"""`syndicate extract`."""

import json
from pathlib import Path

import click

from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.collect.saved import extract_saved


@click.command(cls=Command)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--url", default="", help="The address that the page once had; with one PATH only.")
@click.option("--fast", is_flag=True, help="No second opinion where little text is found.")
@click.option("--alone", is_flag=True, expose_value=False, help="Each page by itself; no other way yet.")
@click.option("--jsonl", is_flag=True, help="One JSON object a line, in the order of the input.")
@click.pass_obj
def extract(options: Options, paths: tuple[Path, ...], url: str, *, fast: bool, jsonl: bool) -> int:
    """Say what would be read from saved pages. Stores nothing; needs no configuration. Reads .gz and -.

    \b
    Examples:
      syndicate extract page.html --url https://old.courier.example/2019/ferry
      syndicate extract --jsonl saved/*.html | head -1
    """
    if url and len(paths) > 1:
        raise click.UsageError("--url goes with one PATH only")
    failed = 0
    for path in paths:
        found = extract_saved(path, url=url, fast=fast)
        failed += "error" in found
        if jsonl or options.json:
            click.echo(json.dumps(found, ensure_ascii=False))
        elif "error" in found:
            click.echo(f"{path}: {found['error']}", err=True)
        elif not options.quiet:
            _tell(found)
    return IN_PART if failed else DONE


def _tell(found: object) -> None:
    assert isinstance(found, dict)
    for name in ("file", "headline", "authors", "credit", "published", "updated", "language", "section"):
        if value := found[name]:
            click.echo(f"{name + ':':<11}{', '.join(value) if isinstance(value, list) else value}")
    click.echo(f"\n{found['body_text']}\n")
    for brief in found["briefs"]:
        click.echo(f"* {brief['text']} {brief['url'] or ''}".rstrip())
    if notice := found["archive_notice"]:
        click.echo(f"\nnotice:    {notice['text']} {notice['successor_url']}".rstrip())
    for warning in found["warnings"]:
        click.echo(f"warning:   {warning}", err=True)
