"""`syndicate run`: clock, runner, web and mailbox in one process; or one pass of what is due."""

from collections.abc import Mapping
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.serving import serve
from syndicate.cli.session import answer, moment, new_owner, run_app, table
from syndicate.model.role import Role
from syndicate.schedule.once import Pass, run_once
from syndicate.schedule.service import Duty
from syndicate.schedule.waiting import Waiting


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
    return serve(options, Duty(role=Role.RUN), allow_root=allow_root)


async def _pass(app: App, options: Options) -> int:
    done = await run_once(app, owner=new_owner())
    answer(options, done, lambda: _tell(app, done))
    _tell_troubles(done, quiet=options.quiet)
    return DONE if done.whole else IN_PART


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
