"""`syndicate partner`: contracts, and who has what by them."""

import click

from syndicate.cli.main import Group
from syndicate.cli.partner_access import sign, token
from syndicate.cli.partner_contracts import list_, preview, show, withheld
from syndicate.cli.partner_publish import embargo, publish
from syndicate.cli.partner_receipts import log, takedowns, usage


@click.group(cls=Group)
def partner() -> None:
    """Sites that ingest our feeds: what contracts let out, tokens, what was fetched, what was not told yet.

    \b
    Examples:
      syndicate partner withheld quay-radio      what stays out of its feeds, and why
      syndicate partner preview quay-radio       what publishing them would change
      syndicate partner token new quay-radio     let it in
      syndicate partner usage                    who is behind
      syndicate partner takedowns                who has not fetched a withdrawal
    """


for command in (list_, show, withheld, preview, publish, embargo, token, sign, log, usage, takedowns):
    partner.add_command(command)
