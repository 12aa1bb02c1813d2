"""What `run`, `scheduler`, `worker` and `web` share: a process that serves until it is told to end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from socket import socket

import click

from syndicate.app import App
from syndicate.cli.listening import listen, serve_until, told_elsewhere
from syndicate.cli.main import DONE, INTERRUPTED, Options
from syndicate.cli.patience import open_when_there
from syndicate.cli.session import level_for, new_owner, read_config, run_loop, start_log
from syndicate.config import Config
from syndicate.deliver.intake import Listener, listening_beside
from syndicate.errors import OwnFault
from syndicate.model.role import Role
from syndicate.schedule.service import Duty, Service
from syndicate.schedule.standing import Standing
from syndicate.web.door import Door
from syndicate.web.health import create_health
from syndicate.web.routes import create_web

OTHER_PORT = "give each process of a machine a port of its own in SYNDICATE_HEALTH__LISTEN, or none: empty"


def serve(options: Options, duty: Duty, *, allow_root: bool) -> int:
    """Do what `duty` says until SIGINT or SIGTERM. Raises OwnFault where this process may not, or cannot."""
    config = read_config(options)
    _refuse_root(config, duty.role, allow_root=allow_root)
    _refuse_one_machine(config, duty.role)
    start_log(level=level_for(options))
    if duty.role.works:
        load_collecting()
    return run_loop(_serve(config, options, duty), quick=True)


def load_collecting() -> None:
    """Import what jobs import when they are first done: here, so that no page and no job waits for it."""
    from syndicate.collect import refresh  # noqa: F401
    from syndicate.collect.kept import reprocess, retention  # noqa: F401


def _refuse_root(config: Config, role: Role, *, allow_root: bool) -> None:
    if os.geteuid() == 0 and not (allow_root or config.settings.web.allow_root):
        raise OwnFault(
            f"syndicate {role} will not serve as root: start it as a user of its own, "
            "or say --allow-root (in a container, web.allow_root = true)"
        )


def _refuse_one_machine(config: Config, role: Role) -> None:
    if role is not Role.RUN and not config.is_postgresql:
        raise OwnFault(
            f"syndicate {role} needs PostgreSQL: an SQLite file is for one process, which does everything. "
            'Start `syndicate run`, or set database = "postgresql://user@host/name" '
            "(syndicate db move --to takes along what is there)"
        )


async def _serve(config: Config, options: Options, duty: Duty) -> int:
    stop = asyncio.Event()
    _listen_for_signals(stop)
    standing = Standing(duty=duty, stop=stop)
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(_at_the_door(config, standing))
        app = standing.app = await open_when_there(stack, options, stop, sends=duty.role.works)
        if app is None:
            return DONE
        await stack.enter_async_context(_listening_for_bounces(app, duty))
        if duty.role.serves:
            door.open(create_web(app, tell=standing.tell))
        if not options.quiet:
            _tell_beginning(app, duty)
        await Service(app, owner=new_owner(), duty=duty).run_until(stop)
    return DONE


@asynccontextmanager
async def _at_the_door(config: Config, standing: Standing) -> AsyncIterator[Door]:
    """Answer from now on how we are, before there is a database: at the pages' port where there are pages."""
    serves = standing.duty.role.serves
    health = create_health(standing.tell, lambda: standing.scrape, other=503 if serves else 404)
    door, listening = Door(health), _listen(config, serves=serves)
    if listening is None:
        yield door
        return
    # Pages end when everything is to end; how a worker is can be asked until its last job has ended.
    over = standing.stop if serves else asyncio.Event()
    serving = asyncio.create_task(serve_until(over, door, listening))
    serving.add_done_callback(lambda _: standing.stop.set())
    try:
        yield door
    finally:
        over.set()
        await serving


def _listen(config: Config, *, serves: bool) -> socket | None:
    web, health = config.settings.web, config.settings.health.listen
    if serves:
        return listen(web.host, web.port)
    host, _, port = health.rpartition(":")
    return listen(host.strip("[]"), int(port), remedy=OTHER_PORT) if health else None


def _tell_beginning(app: App, duty: Duty) -> None:
    role = duty.role
    if not role.serves:
        health = app.config.settings.health.listen
        does = f"does jobs of {', '.join(duty.queues)}" if role.works else "keeps the schedule"
        told = f", health at {health}" if health else ""
        click.echo(f"This {role} {does}{told} (Ctrl-C ends it)", err=True)
        return
    base_url, web = app.catalogue.site.base_url, app.config.settings.web
    click.echo(f"Serving {base_url} at {web.host}:{web.port} (Ctrl-C ends it)", err=True)
    if elsewhere := told_elsewhere(base_url, host=web.host, port=web.port):
        click.echo(elsewhere, err=True)


@asynccontextmanager
async def _listening_for_bounces(app: App, duty: Duty) -> AsyncIterator[None]:
    if not app.config.settings.bounces.listen or not duty.role.works or "deliver" not in duty.queues:
        yield
        return
    # Of several workers on one machine, one takes in what comes back.
    listening = listening_beside if duty.role is Role.WORKER else Listener
    async with listening(app.returning):
        yield


def _listen_for_signals(stop: asyncio.Event) -> None:
    def ask() -> None:
        if stop.is_set():
            # What was under way is settled from the journal at the next start.
            os._exit(INTERRUPTED)
        click.echo("Ending; a second Ctrl-C ends at once.", err=True)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ask)
