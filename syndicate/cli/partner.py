"""`syndicate partner`: contracts, and who has what by them."""

import click

from syndicate.cli.main import Group
from syndicate.cli.partner_access import sign, token
from syndicate.cli.partner_receipts import log, takedowns, usage


@click.group(cls=Group)
def partner() -> None:
    """Sites that ingest our feeds: their tokens, what they fetched, and what they were not told yet.

    \b
    Examples:
      syndicate partner token new quay-radio     let it in
      syndicate partner usage                    who is behind
      syndicate partner takedowns                who has not fetched a withdrawal
    """


for command in (token, sign, log, usage, takedowns):
    partner.add_command(command)
