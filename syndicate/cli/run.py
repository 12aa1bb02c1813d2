"""`syndicate run`: clock, runner, web and mailbox in one process; or one pass of what is due."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

import click
import uvicorn

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, INTERRUPTED, Command, Options
from syndicate.cli.session import answer, moment, new_owner, read_config, run_app, table

# Jobs import these when they are first done; here before anything is served, so that no page waits for it.
from syndicate.collect import refresh  # noqa: F401
from syndicate.collect.kept import reprocess, retention  # noqa: F401
from syndicate.deliver.intake import Listener
from syndicate.errors import OwnFault
from syndicate.schedule.once import Pass, run_once
from syndicate.schedule.service import Service
from syndicate.schedule.waiting import Waiting
from syndicate.web.guard import is_loopback_url
from syndicate.web.routes import create_web
from syndicate.web.server import server_settings


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do what is due, wait for it, say what was done, end.")
@click.option("--allow-root", is_flag=True, help="Serve even as root.")
@click.pass_obj
def run(options: Options, once: bool, allow_root: bool) -> int:
    """Everything in one process, until Ctrl-C.

    Collects sources at their intervals, publishes feeds, compiles and sends newsletters at their
    cadences, and serves the pages. A first Ctrl-C ends it within 30 seconds without losing anything;
    a second one at once.

    \b
    Examples:
      syndicate run --once                       one pass, then look at var/
      syndicate run                              serve http://127.0.0.1:8080
      SYNDICATE_WEB__PORT=9000 SYNDICATE_SITE__BASE_URL=http://127.0.0.1:9000 syndicate run
                                                 on another port, with links that lead there
    """
    if once:
        return run_app(options, lambda app: _pass(app, options), sends=True)
    settings = read_config(options).settings.web
    if os.geteuid() == 0 and not (allow_root or settings.allow_root):
        raise OwnFault(
            "syndicate run will not serve as root: start it as a user of its own, "
            "or say --allow-root (in a container, web.allow_root = true)"
        )
    level = logging.WARNING if options.quiet else logging.INFO
    return run_app(options, lambda app: _serve(app, options), sends=True, level=level, serves=True)


async def _pass(app: App, options: Options) -> int:
    done = await run_once(app, owner=new_owner())
    answer(options, done, lambda: _tell(app, done))
    _tell_troubles(done, quiet=options.quiet)
    return DONE if done.whole else IN_PART


async def _serve(app: App, options: Options) -> int:
    stop = asyncio.Event()
    _listen_for_signals(stop)
    web = app.config.settings.web
    listening = listen(web.host, web.port)
    async with _listening_for_bounces(app):
        server = _Server(server_settings(create_web(app)))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        running = asyncio.create_task(Service(app, owner=new_owner()).run_until(stop))
        if not options.quiet:
            _tell_address(app)
        await asyncio.wait({serving, running}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        server.should_exit = True
        await asyncio.gather(serving, running)
    return DONE


def _tell_address(app: App) -> None:
    base_url, web = app.catalogue.site.base_url, app.config.settings.web
    click.echo(f"Serving {base_url} at {web.host}:{web.port} (Ctrl-C ends it)", err=True)
    if lead_elsewhere(base_url, host=web.host, port=web.port):
        click.echo(_told_elsewhere(base_url, host=web.host, port=web.port), err=True)


def _listening_for_bounces(app: App) -> AbstractAsyncContextManager[object]:
    wanted = app.config.settings.bounces.listen
    return Listener(app.returning) if wanted else contextlib.nullcontext()


def lead_elsewhere(base_url: str, *, host: str, port: int) -> bool:
    """Whether we listen on this very machine at an address other than the one on it that links begin with.

    An address that others see, or ours behind a proxy or in a container, says nothing about the port.
    """
    base = urlsplit(base_url)
    if not (is_loopback_url(base_url) and is_loopback_url(_local(host, port))):
        return False
    same_name = "localhost" in (base.hostname, host) or base.hostname == host
    return not same_name or port != (base.port or (443 if base.scheme == "https" else 80))


def _told_elsewhere(base_url: str, *, host: str, port: int) -> str:
    here = _local(host, port)
    return (
        f"Warning: pages are served at {here}, but links and forms lead to {base_url}; "
        f"set site.base_url as well: SYNDICATE_SITE__BASE_URL={here}"
    )


def _local(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """The socket that pages are served from. Raises OwnFault when the port is taken or not ours to take."""
    # Left to uvicorn, a port in use would end the process without a word to the operator.
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        # asyncio does so for sockets of its own; without it each answer waits 40 ms for the client's ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        # Python adds what it was doing to the system's words.
        reason = error.strerror.partition(" (while")[0] if error.strerror else error
        raise OwnFault(f"cannot listen on {host}:{port}: {reason}; set web.port to a free one") from error


class _Server(uvicorn.Server):
    """Leaves signals to us: the runner has to drain first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
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


def _tell(app: App, done: Pass) -> None:
    counts = ("new", "changed", "unchanged", "failed", "held")
    rows = [[report["source"], *(report[count] for count in counts)] for report in done.collected]
    _part("Collected", ("source", *counts), rows, "no source was due")
    rows = [
        [one["feed"], one["entries"], len(one["written"]), len(one["unchanged"]), one["held"]]
        for one in done.published
    ]
    _part(
        "Published", ("feed", "entries", "files written", "unchanged", "held"), rows, "no feed is configured"
    )
    rows = [
        [one["newsletter"], one["number"], one["items"], one["recipients"], one["subject"]]
        for one in done.compiled
        if not one.get("empty")
    ]
    _part("Compiled", ("newsletter", "number", "items", "recipients", "subject"), rows, "no issue was due")
    rows = [[one["issue_id"], one["batch"], _mails(one)] for one in done.delivered]
    _part("Delivered", ("issue", "batch", "mails"), rows, "no mail was due")
    rows = [[one.name, one.people or "", one.why, _goes_on(app, one)] for one in done.waiting]
    _part("Waiting", ("issue", "people", "why", "goes on"), rows, "no issue waits")
    _tell_where(app, running=done.beside)


def _mails(report: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in report["counts"].items())
    return counts or ("none, see below" if report["stopped"] else "none")


def _goes_on(app: App, one: Waiting) -> str:
    if one.until is None:
        return one.command or "at the next pass"
    return f"at the next pass after {moment(one.until, app.catalogue.site.timezone)}"


def _part(title: str, columns: tuple[str, ...], rows: list[list[object]], nothing: str) -> None:
    if rows:
        table(title, columns, rows)
    else:
        click.echo(f"{title}: {nothing}")
    click.echo()


def _tell_troubles(done: Pass, *, quiet: bool) -> None:
    for report in done.collected:
        for line in (*report["errors"], *(() if quiet else report["warnings"])):
            click.echo(f"{report['source']}: {line}", err=True)
    for one in done.compiled:
        if one.get("held"):
            name = f"{one['newsletter']}/{one['number']}"
            click.echo(f"{name} waits for you: {one['held']}; see syndicate issue check {name}", err=True)
    # The same relay stops every batch, which is told once.
    for issue, reason in dict.fromkeys((one["issue_id"], one["stopped"]) for one in done.delivered):
        if reason:
            click.echo(f"issue {issue}: {reason}", err=True)
    for failure in done.failed:
        about = " ".join(str(value) for value in failure.args.values())
        click.echo(f"{failure.job} {about}: {failure.error}", err=True)


def _tell_where(app: App, *, running: bool) -> None:
    click.echo("Where to look")
    click.echo(f"  feeds    {app.paths.public / 'feeds'}")
    if app.config.relay.local:
        click.echo(f"  mails    {app.paths.mailbox}")
    start = "" if running else "make run (or syndicate run), then "
    click.echo(f"  pages    {start}{app.catalogue.site.base_url}")
