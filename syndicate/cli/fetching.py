"""How commands that need no configuration fetch: as one says that is there, and with the hosts named here."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from syndicate.cli.main import Options
from syndicate.config import load
from syndicate.errors import ConfigError
from syndicate.model.site import FetchSettings, Site

allow_host = click.option(
    "--allow-host", "allowed", multiple=True, metavar="HOST[:PORT]", help="Ask it though it is not public."
)


def web_address(_: click.Context, __: click.Parameter, value: str) -> str:
    """The value of --url, if it is an address at which a page may have stood."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", value)
    except ValueError:
        good = False
    if value and not good:
        raise click.BadParameter(f"{value!r} is no address; one looks like https://old.courier.example/ferry")
    return value


def fetching(options: Options, allowed: Sequence[str]) -> tuple[FetchSettings, Site]:
    """What a configuration says of fetching, if there is one, and who asks."""
    settings, site = FetchSettings(), Site()
    if Path(options.config).is_file():
        try:
            config = load(Path(options.config))
            settings, site = config.settings.fetch, config.catalogue.site
        except ConfigError:
            # Whoever writes a configuration looks at pages for what to write into it.
            click.echo(
                f"{options.config} has faults; its [fetch] is not used. See: syndicate check", err=True
            )
    return replace(settings, allow_hosts=(*settings.allow_hosts, *allowed)), site
