"""`syndicate dkim`: keys that sign our mail, and their records in DNS."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click

from syndicate.cli.domain import outlook_of, sender_domains, tell, typed_domain
from syndicate.cli.main import DONE, Group, Options
from syndicate.cli.session import answer, now, read_config
from syndicate.config import Config
from syndicate.config.rules import selector_name
from syndicate.deliver.dkim import Signer, load_signer, load_signers
from syndicate.deliver.domain.dkim_record import Key, keys_of
from syndicate.deliver.domain.finding import Record
from syndicate.deliver.domain.key_files import write_key, zone_line
from syndicate.deliver.domain.looking import look_at_records
from syndicate.errors import OwnFault
from syndicate.model.site import Dkim

# A record is seen everywhere once what resolvers kept of its absence has run out; a day is usual at most.
SETTLES = timedelta(days=2)
LETTERS = {"rsa": "s", "ed25519": "e"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was made, the record to publish, and the lines for the configuration."""

    domain: str
    selector: str
    kind: str
    file: str
    record: Record
    zone: str
    config: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A key of the configuration, and when it signs."""

    domain: str
    selector: str
    kind: str
    signs: str
    record: Record
    zone: str


@click.group(cls=Group)
def dkim() -> None:
    """Keys that sign our mail (DKIM): make one, show their records, compare DNS with them.

    \b
    Examples:
      syndicate dkim new courier.example      a key, its DNS record, and the lines for the configuration
      syndicate dkim check                    whether DNS has the records of the keys that sign
    """


@dkim.command()
@click.argument("domain", default="")
@click.option(
    "--selector", metavar="S", default="", help="What the key is called in DNS; by default its month."
)
@click.option("--ed25519", is_flag=True, help="A second key of this kind, beside one of RSA (RFC 8463).")
@click.pass_obj
def new(options: Options, domain: str, selector: str, ed25519: bool) -> int:
    """Make a key, and say what to publish and what to write into the configuration.

    DOMAIN is that of From; it may be left out where all newsletters have the same.
    """
    config = read_config(options)
    kind, today = "ed25519" if ed25519 else "rsa", now().date()
    domain = typed_domain(domain) if domain else _only_domain(config)
    selector = selector or f"{LETTERS[kind]}{today:%Y%m}"
    if fault := selector_name(selector):
        raise click.UsageError(f"--selector {selector!r} {fault}")
    path = config.data_dir / "dkim" / f"{domain}.{selector}.pem"
    write_key(path, kind=kind)
    key = Dkim(at="--selector", domain=domain, selector=selector, key_file=str(path))
    made = _made(config, load_signer(key), path, today)
    answer(options, made, lambda: _tell_made(made, config))
    return DONE


@dkim.command()
@click.pass_obj
def show(options: Options) -> int:
    """The keys of the configuration, when each signs, and the records that belong into DNS."""
    config = read_config(options)
    keys = keys_of(load_signers(*config.dkim, where=str(config.path)))
    shown = [_shown(key, now().date()) for key in keys]
    answer(options, shown, lambda: _tell_shown(shown))
    return DONE


@dkim.command()
@click.pass_obj
def check(options: Options) -> int:
    """Compare what DNS holds with the keys. Exit code 1 where something is to be done."""
    outlook = outlook_of(read_config(options))
    if not outlook.signers:
        raise OwnFault("[dkim] names no key; syndicate dkim new makes one")
    return tell(options, asyncio.run(look_at_records(outlook)))


def _only_domain(config: Config) -> str:
    domains = sender_domains(config)
    if len(domains) != 1:
        named = ", ".join(domains) or "none"
        raise click.UsageError(f"Say for which domain. Those of the newsletters: {named}")
    return domains[0]


def _made(config: Config, signer: Signer, path: Path, today: date) -> NewKey:
    record = _record(signer)
    return NewKey(
        domain=signer.domain,
        selector=signer.selector,
        kind=signer.kind,
        file=str(path),
        record=record,
        zone=zone_line(record),
        config="\n".join(_config_lines(config, signer, path, today)),
    )


def _config_lines(config: Config, signer: Signer, path: Path, today: date) -> Iterator[str]:
    """A table of its own; the first key of a kind signs at once, a later one when DNS has settled."""
    used = [key for key in config.dkim if key.key_file]
    if any(key.at.startswith("dkim[") for key in used):
        yield "[[dkim]]"
    else:
        yield f'[dkim."{signer.selector}"]' if "." in signer.selector else f"[dkim.{signer.selector}]"
    yield f'domain = "{signer.domain}"'
    yield f'selector = "{signer.selector}"'
    yield f'key_file = "{os.path.relpath(path, config.path.resolve().parent)}"'
    if any(key.domain == signer.domain for key in used):
        yield f"signs_from = {today + SETTLES}"


def _shown(key: Key, today: date) -> ShownKey:
    signer, record = key.signer, _record(key.signer)
    if key.has_ended(today):
        signs = f"no more since {key.ends}"
    else:
        begins = signer.signs_from if signer.signs_from and signer.signs_from > today else None
        signs = f"from {begins}" if begins else "now"
        signs += f", until {key.ends}" if key.ends else ""
    return ShownKey(
        domain=signer.domain,
        selector=signer.selector,
        kind=signer.kind,
        signs=signs,
        record=record,
        zone=zone_line(record),
    )


def _record(signer: Signer) -> Record:
    return Record(name=signer.name, type="TXT", value=signer.record)


def _tell_made(made: NewKey, config: Config) -> None:
    click.echo(f"{made.file}: a new {made.kind} key. Keep it to yourself, and back it up.\n")
    _tell_record(made.record, made.zone)
    click.echo(f"\n2. Write into {config.path}:\n")
    click.echo(made.config)
    click.echo("\n3. syndicate dkim check says whether DNS shows it. Restart the service after that.")


def _tell_shown(shown: list[ShownKey]) -> None:
    if not shown:
        click.echo("No key: mail is not signed. syndicate dkim new makes one.")
    for one in shown:
        click.echo(f"{one.domain}, selector {one.selector} ({one.kind}): signs {one.signs}")
        click.echo(f"{one.zone}\n")


def _tell_record(record: Record, zone: str) -> None:
    click.echo("1. Publish this record. In a provider's web panel:\n")
    click.echo(f"   name   {record.name}   (or without your domain, where the panel adds it)")
    click.echo(f"   type   {record.type}")
    click.echo(f"   value  {record.value}")
    click.echo(f"\n   Or as a line of a zone file:\n\n{zone}")
