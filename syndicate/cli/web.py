"""`syndicate web`: pages, feeds and forms in a process of their own."""

import click

from syndicate.cli.main import Command, Options
from syndicate.cli.serving import serve
from syndicate.model.role import Role
from syndicate.schedule.service import Duty


@click.command(cls=Command)
@click.option("--allow-root", is_flag=True, help="Serve even as root.")
@click.pass_obj
def web(options: Options, allow_root: bool) -> int:
    """Pages, feeds and forms alone, beside scheduler and workers, on PostgreSQL, until Ctrl-C.

    Sends nothing and collects nothing: what a visitor asks for becomes a job. Any number may run behind a
    proxy that asks /readyz.

    \b
    Examples:
      syndicate web
      SYNDICATE_WEB__PORT=8090 syndicate web                          a second one on this machine
    """
    return serve(options, Duty(role=Role.WEB), allow_root=allow_root)
