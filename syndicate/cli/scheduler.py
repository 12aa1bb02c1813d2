"""`syndicate scheduler`: the clock in a process of its own; of several, one leads."""

import click

from syndicate.cli.main import Command, Options
from syndicate.cli.serving import serve
from syndicate.model.role import Role
from syndicate.schedule.service import Duty


@click.command(cls=Command)
@click.option("--allow-root", is_flag=True, help="Serve even as root.")
@click.pass_obj
def scheduler(options: Options, allow_root: bool) -> int:
    """The clock alone, beside workers and web, on PostgreSQL, until Ctrl-C.

    Makes jobs of what is due: visits of sources, issues at their cadences, routine work. Any number may
    run: one leads, and when it is lost another one takes its place within five seconds.

    \b
    Examples:
      syndicate scheduler
      SYNDICATE_HEALTH__LISTEN=127.0.0.1:8082 syndicate scheduler     a second one on this machine
    """
    return serve(options, Duty(role=Role.SCHEDULER), allow_root=allow_root)
