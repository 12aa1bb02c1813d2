"""`syndicate check`: each line is ok, or what to do."""

import os
import stat
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import click

from syndicate.app import App
from syndicate.audience.listing import count_active
from syndicate.cli.check_bounces import look_at_bounces
from syndicate.cli.check_files import look_at_files
from syndicate.cli.domain import check_domains
from syndicate.cli.findings import Finding
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import answer, moment, run_app
from syndicate.collect.health.standing import Standing, list_standings
from syndicate.model.hosts import is_loopback_url
from syndicate.model.job import Engine
from syndicate.model.source import Source, SourceKind
from syndicate.schedule.alive import Alive, look_for_life
from syndicate.schedule.reaching import Reached, look_at_database


@click.command(cls=Command)
@click.option("--domain", "of_domains", is_flag=True, help="Look at the domains that mail is sent from.")
@click.argument("domains", nargs=-1, metavar="[DOMAIN]...")
@click.pass_obj
def check(options: Options, of_domains: bool, domains: tuple[str, ...]) -> int:
    """Look at everything that has to be right: configuration, database, folders, sources, relay.

    With --domain, at what DNS and the relays say of the domains that mail is sent from (those of the
    newsletters, or DOMAIN): SPF, DKIM, DMARC, MX, PTR, TLS, with the exact records to publish.

    Exit code 1 when something needs you. Nothing is collected or sent.
    """
    if of_domains:
        return check_domains(options, domains)
    if domains:
        raise click.UsageError("A DOMAIN is for --domain.")

    async def work(app: App) -> list[Finding]:
        return [finding async for finding in _look(app)]

    found = run_app(options, work, sends=True)
    answer(options, found, lambda: _tell(found))
    return IN_PART if any(one.remedy for one in found) else DONE


async def _look(app: App) -> AsyncIterator[Finding]:
    yield Finding(what="configuration", told=str(app.config.path))
    for finding in of_database(app.db.where, await look_at_database(app)):
        yield finding
    yield _folder(app.paths.data)
    for finding in _open_keys(app):
        yield finding
    for finding in _missing_folders(app.catalogue.sources.values()):
        yield finding
    for one in await list_standings(
        app.db, app.catalogue.sources, allow_hosts=app.config.settings.fetch.allow_hosts
    ):
        yield _source(one, app)
    async for finding in look_at_files(app):
        yield finding
    for name in app.catalogue.newsletters:
        yield Finding(
            what=f"newsletter {name}", told=f"{await count_active(app.people, name)} active subscriptions"
        )
    yield _hub(app)
    for finding in await _relays(app):
        yield finding
    async for finding in look_at_bounces(app):
        yield finding
    many = app.config.settings.dispatch.engine is Engine.PROCRASTINATE
    yield of_processes(await look_for_life(app), many=many)


def of_database(where: str, found: Reached) -> Iterator[Finding]:
    """Where it is, what it has no room for, and whether its replica is asked."""
    told = f"{where}, {found.partitions} partitions of deliveries" if found.partitions else where
    need = f"max_locks_per_transaction = {found.locks_needed} in postgresql.conf, or a shorter delivery.keep"
    yield Finding(what="database", told=told, remedy=f"set {need}" if found.locks_needed else "")
    if found.replica is not None:
        remedy = "" if found.replica else "the primary is asked instead: see whether it runs, and replays"
        yield Finding(what="replica", told="keeps up" if found.replica else "away or behind", remedy=remedy)


def of_processes(found: Alive, *, many: bool = False) -> Finding:
    """Who does the work; something is to do where a part of it is left to nobody.

    Where one process does all (not `many`), `check` is what one runs before that is started.
    """
    what = "processes"
    if not found.processes and many:
        remedy = "start syndicate scheduler, worker and web, or syndicate run, which does everything"
        return Finding(what=what, told="none is running", remedy=remedy)
    if not found.processes:
        return Finding(what=what, told="none is running: syndicate run")
    told = "; ".join(f"{one.role} {one.owner}" for one in found.processes)
    if not found.keeps_time:
        return Finding(what=what, told=f"{told}; none keeps the schedule", remedy="start syndicate scheduler")
    if found.idle:
        idle = ",".join(found.idle)
        told = f"{told}; none does jobs of {idle}"
        return Finding(what=what, told=told, remedy=f"start syndicate worker --queues {idle}")
    return Finding(what=what, told=told)


def _source(one: Standing, app: App) -> Finding:
    what = f"source {one.source}"
    if one.alarms:
        alarm = one.alarms[0]
        return Finding(what=what, told=f"{alarm.what}: {alarm.said}", remedy=alarm.remedy)
    if not one.error:
        return Finding(what=what, told=one.outcome)
    told = f"last time ({moment(one.last_checked, app.catalogue.site.timezone)}): {one.error}"
    again = f"syndicate collect {one.source} tries again"
    if one.allowed:
        return Finding(what=what, told=f"{told} (it is allowed by now: {again})")
    return Finding(what=what, told=told, remedy=one.remedy)


def _missing_folders(sources: Iterable[Source]) -> Iterator[Finding]:
    for source in sources:
        there = {SourceKind.FILES: Path.is_dir, SourceKind.WARC: Path.exists}.get(source.kind)
        if there and not there(Path(source.folder)):
            remedy = f"make the folder, or correct sources.{source.name}.folder"
            yield Finding(what=f"source {source.name}", told=f"{source.folder} is not there", remedy=remedy)


def _folder(path: Path) -> Finding:
    if os.access(path, os.W_OK | os.X_OK):
        return Finding(what="data_dir", told=str(path))
    return Finding(
        what="data_dir", told=f"{path} cannot be written", remedy="give it to this user, or set data_dir"
    )


def _open_keys(app: App) -> Iterator[Finding]:
    """Private keys that everybody on this machine can read; a group may have been given them."""
    named = [key.key_file for key in app.config.dkim] + [one.key_file for one in app.config.relays]
    for path in (app.paths.data / "secret.key", *(Path(name) for name in named if name)):
        if path.is_file() and path.stat().st_mode & stat.S_IROTH:
            told = f"{path} can be read by everybody on this machine"
            yield Finding(what="keys", told=told, remedy=f"chmod o-rwx {path}")


def _hub(app: App) -> Finding:
    url = app.catalogue.hub_url
    if not url:
        return Finding(what="hub", told="none: feeds advertise no hub")
    if app.catalogue.hub.is_own and is_loopback_url(url):
        return Finding(what="hub", told=f"{url}, which only this machine reaches: set site.base_url")
    secure = url.startswith("https://")
    return Finding(
        what="hub", told=url if secure else f"{url}, where secrets of subscribers come in the clear"
    )


async def _relays(app: App) -> list[Finding]:
    return [_relay(app, name, trouble) for name, trouble in (await app.sending.fleet.look()).items()]


def _relay(app: App, name: str, trouble: str) -> Finding:
    one = len(app.config.relays) == 1
    what = "relay" if one else f"relay {name}"
    if trouble:
        table = next((relay.at for relay in app.config.relays if relay.title == name), "relay")
        remedy = f"see [{table}] in the configuration, and whether the relay lets this machine in"
        return Finding(what=what, told=trouble, remedy=remedy)
    return Finding(what=what, told="the local mailbox" if app.config.relay.local else f"{name} lets us in")


def _tell(found: list[Finding]) -> None:
    for one in found:
        mark = click.style("TO DO", fg="red", bold=True) if one.remedy else click.style("ok   ", fg="green")
        click.echo(f"{mark}  {one.what}: {one.told}")
        if one.remedy:
            click.echo(f"       → {one.remedy}")
