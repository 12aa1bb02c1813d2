"""`syndicate bounce`."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import click
from click.core import ParameterSource

from syndicate.audience.tokens import load_keyring
from syndicate.cli.main import DONE, IN_PART, Command, Options
from syndicate.cli.session import read_config, start_log, table
from syndicate.deliver.bounce.inputs import Given, read_given
from syndicate.deliver.bounce.matching import find_signed
from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.report import Report
from syndicate.errors import OwnFault
from syndicate.model.paths import Paths

Owner = Callable[[Report], tuple[int | None, str | None]]
COLUMNS = ("file", "kind", "recipient", "action", "status", "reason", "class", "issue", "delivery")


@click.command(cls=Command)
@click.argument("given", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--jsonl", is_flag=True, help="One JSON object a line and recipient, in the order of the input."
)
@click.pass_context
def bounce(context: click.Context, /, given: tuple[str, ...], *, jsonl: bool) -> int:
    """Say what mail that came back tells: for whom, why, and what follows. Changes nothing.

    Reads mails, mbox files, Maildirs and other folders, packed ones (.gz) too, and - for standard input.
    Needs no configuration. With -c, envelope senders that this configuration signed tell issue and delivery.

    \b
    Examples:
      syndicate bounce returned.eml
      syndicate bounce --jsonl Maildir/ | jq -r 'select(.class == "suppress").recipient'
    """
    options: Options = context.obj
    start_log(level=logging.ERROR)
    owner = _signed_owner(options) if _names_configuration(context) else _nobody
    jsonl = jsonl or options.json
    failed, rows = 0, []
    for each in read_given(given):
        if each.error:
            click.echo(f"{each.name}: {each.error}", err=True)
            failed += 1
        for row in _rows(each, owner):
            if jsonl:
                click.echo(json.dumps(row, ensure_ascii=False))
            rows.append([row[name] for name in COLUMNS] if not jsonl else [])
    if rows and not jsonl and not options.quiet:
        table("", COLUMNS, [["" if cell is None else cell for cell in row] for row in rows])
    return IN_PART if failed else DONE


def _rows(given: Given, owner: Owner) -> Iterator[dict[str, Any]]:
    for report in read_reports(given.data) if not given.error else ():
        issue, delivery = owner(report)
        yield {
            "file": given.name,
            "kind": report.kind,
            "recipient": report.recipient or None,
            "action": report.action or None,
            "status": report.status or None,
            "reason": report.reason,
            "class": report.cls,
            "applied": False,
            "issue": issue,
            "delivery": delivery,
        }


def _nobody(_: Report) -> tuple[None, None]:
    return None, None


def _signed_owner(options: Options) -> Owner:
    """Issue and delivery by the signatures of the configuration's key, which must be there."""
    key = Paths(data=read_config(options).data_dir).key
    if not key.is_file():
        raise OwnFault(f"{key}: there is no token key, so that nothing can have been signed with it")
    keyring = load_keyring(key)

    def owner(report: Report) -> tuple[int | None, str | None]:
        signed = find_signed(keyring, (*report.verp_candidates, report.envelope_id))
        # Issue 0 stands for notice mails, which are no deliveries.
        return (signed[0], f"{signed[0]}-{signed[1]}") if signed and signed[0] else (None, None)

    return owner


def _names_configuration(context: click.Context) -> bool:
    said = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    here: click.Context | None = context
    while here:
        if here.get_parameter_source("config") in said:
            return True
        here = here.parent
    return False
