"""`syndicate worker`: jobs in a process of their own, of all queues or of some."""

import click

from syndicate.cli.main import Command, Options
from syndicate.cli.serving import serve
from syndicate.config.spelling import closest, listed
from syndicate.model.job import QUEUES
from syndicate.model.role import Role
from syndicate.schedule.service import Duty

MOST = 500


def read_queues(text: str) -> tuple[str, ...]:
    """The queues of a list with commas, each once, in our order. Raises click.BadParameter."""
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in QUEUES]
    if unknown:
        near = closest(unknown[0], QUEUES)
        raise click.BadParameter(f"there is no queue {unknown[0]!r}{near}; there are {listed(QUEUES)}")
    if not wanted:
        raise click.BadParameter(f"names no queue; there are {listed(QUEUES)}")
    return tuple(name for name in QUEUES if name in wanted)


@click.command(cls=Command)
@click.option(
    "--queues",
    default=",".join(QUEUES),
    callback=lambda _context, _option, text: read_queues(text),
    metavar="NAMES",
    help=f"Do jobs of these alone: {', '.join(QUEUES)}; all of them unless you say.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, MOST),
    help="So many jobs at a time; dispatch.concurrency unless you say.",
)
@click.option("--allow-root", is_flag=True, help="Serve even as root.")
@click.pass_obj
def worker(options: Options, queues: tuple[str, ...], concurrency: int | None, allow_root: bool) -> int:
    """Jobs alone, beside scheduler and web, on PostgreSQL, until Ctrl-C.

    Collects, publishes and sends what is due. Any number may run, on any number of machines; a first Ctrl-C
    ends it within 30 seconds, and what it had begun goes on elsewhere.

    \b
    Examples:
      syndicate worker                                       everything
      syndicate worker --queues deliver --concurrency 8      mail alone, eight jobs at a time
      syndicate worker --queues collect,publish              the rest
    """
    return serve(
        options, Duty(role=Role.WORKER, queues=queues, concurrency=concurrency), allow_root=allow_root
    )
