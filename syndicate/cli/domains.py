"""`syndicate domains`: where mail is slowed or paused, and how that is lifted."""

from collections.abc import Sequence

import click

from syndicate.app import App
from syndicate.cli.main import DONE, IN_PART, Command, Group, Options
from syndicate.cli.session import answer, moment, run_app, table
from syndicate.deliver.pacing.standing import Slowed, lift, list_slowed, rate


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def domains(context: click.Context) -> int | None:
    """Where mail is slowed or paused, and why. Domains stand under the name of their mail host.

    \b
    Examples:
      syndicate domains                          what is slowed or paused, and until when
      syndicate domains resume readers.example   send there at full speed again
    """
    if context.invoked_subcommand is not None:
        return None
    code: int = context.invoke(list_)
    return code


@domains.command("list", cls=Command)
@click.pass_obj
def list_(options: Options) -> int:
    """List what is slowed or paused; 1 when something is paused. Times are in site.timezone."""

    async def work(app: App) -> tuple[list[Slowed], str]:
        return await list_slowed(app.sending), app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell(found, zone))
    return IN_PART if any(one.paused for one in found) else DONE


@domains.command(cls=Command)
@click.argument("name")
@click.pass_obj
def resume(options: Options, name: str) -> int:
    """Send at full speed again to a domain, or over a relay, and at once to whoever waited."""

    async def work(app: App) -> int:
        return await lift(app.sending, name)

    lifted = run_app(options, work)
    text = f"{name} is neither slowed nor paused."
    if lifted:
        text = f"{name} gets mail at full speed again. What it says from here on counts anew."
    answer(options, {"lifted": lifted}, lambda: click.echo(text))
    return DONE if lifted else IN_PART


def _tell(found: Sequence[Slowed], zone: str) -> None:
    if not found:
        click.echo("Nothing is slowed or paused.")
        return
    rows = [
        [
            one.name,
            one.relay,
            f"paused until {moment(one.until, zone)}" if one.paused else f"slowed to {rate(one.rate)}",
            moment(one.since, zone),
            one.waiting,
            one.why,
        ]
        for one in found
    ]
    table("", ("domain", "relay", "how", "since", "waiting", "what was said"), rows)
    for one in found:
        click.echo(f"    → {one.resume}")
