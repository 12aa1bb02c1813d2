"""`syndicate partner token` and `sign`: what lets a partner in, and what ends that."""

from datetime import datetime, timedelta
from typing import Any

import click

from syndicate.app import App
from syndicate.cli.durations import Duration
from syndicate.cli.main import DONE, Command, Group, Options
from syndicate.cli.session import answer, moment, now, run_app, table
from syndicate.errors import NotFound
from syndicate.model import links
from syndicate.model.feed import Format
from syndicate.model.partner import PARTNER_FORMATS
from syndicate.partner import tokens
from syndicate.partner.partnering import find_contract, find_partner
from syndicate.partner.signing import Address, sign_query
from syndicate.partner.tokens import NewToken, TokenLine, TokenState

FORMATS = [one.value for one in PARTNER_FORMATS]
# Word, colour and shape, so that none of them is needed to tell.
SHAPES = {
    TokenState.ACTIVE: ("●", "green"),
    TokenState.EXPIRED: ("○", ""),
    TokenState.REVOKED: ("✕", "red"),
}


@click.group(cls=Group)
def token() -> None:
    """Tokens of a partner: several count at once, so that one can take another's place without a break.

    A token is shown once, when it is made; only its hash is kept. It is a password of HTTP Basic (the user is
    the partner's name) or a bearer token.

    \b
    Examples:
      syndicate partner token new quay-radio --label "their importer"
      syndicate partner token rotate quay-radio --grace 7d
      syndicate partner token list quay-radio
      syndicate partner token revoke quay-radio 3
    """


@token.command()
@click.argument("name")
@click.option("--label", default="", help="What it is for, for whoever reads the list.")
@click.option("--expires", type=Duration(), help="How long it counts; unless you say, until it is revoked.")
@click.pass_obj
def new(options: Options, name: str, label: str, expires: timedelta | None) -> int:
    """Make a further token, and show it this once."""

    async def work(app: App) -> NewToken:
        find_partner(app.catalogue, name)
        return await app.db.write(tokens.make_token, name, now=app.now(), label=label, age=expires)

    _show(options, run_app(options, work))
    return DONE


@token.command()
@click.argument("name")
@click.option("--grace", type=Duration(), default="7d", help="How long the others still count; 7d.")
@click.option("--label", default="", help="What it is for, for whoever reads the list.")
@click.pass_obj
def rotate(options: Options, name: str, grace: timedelta, label: str) -> int:
    """Make a new token; those that count now end after the grace, and URLs signed with them too."""

    async def work(app: App) -> NewToken:
        find_partner(app.catalogue, name)
        return await app.db.write(tokens.rotate_tokens, name, now=app.now(), grace=grace, label=label)

    made = run_app(options, work)
    _show(options, made)
    if made.ended and not (options.quiet or options.json):
        ids = ", ".join(map(str, made.ended))
        click.echo(f"Ending {moment(now() + grace, 'UTC')} at the latest: {ids}", err=True)
    return DONE


@token.command("list")
@click.argument("name")
@click.pass_obj
def list_(options: Options, name: str) -> int:
    """List a partner's tokens, the newest first; never the tokens themselves."""

    async def work(app: App) -> tuple[list[TokenLine], str]:
        found = await app.db.read(tokens.list_lines, name, now=app.now())
        # The tokens of a contract that ended would count again with another of its name.
        if not found:
            find_partner(app.catalogue, name)
        return found, app.catalogue.site.timezone

    found, zone = run_app(options, work)
    answer(options, found, lambda: _tell_tokens(name, found, zone))
    return DONE


@token.command()
@click.argument("name")
@click.argument("token_id", type=int, metavar="ID")
@click.pass_obj
def revoke(options: Options, name: str, token_id: int) -> int:
    """Let a token count no more, from the next request on, nor any URL signed with it."""

    async def work(app: App) -> None:
        if not await app.db.read(tokens.list_lines, name, now=app.now()):
            find_partner(app.catalogue, name)
        await app.db.write(tokens.revoke, name, token_id, now=app.now())

    run_app(options, work)
    told = {"partner": name, "id": token_id, "state": TokenState.REVOKED}
    answer(options, told, lambda: click.echo(f"Token {token_id} of {name} counts no more."))
    return DONE


@click.command(cls=Command)
@click.argument("name")
@click.argument("feed")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Unless you say, the contract's first.")
@click.option("--expires", type=Duration(), default="30d", help="How long it opens the document; 30d.")
@click.option("--token", "token_id", type=int, default=0, metavar="ID", help="It ends with this token.")
@click.pass_obj
def sign(options: Options, name: str, feed: str, form: str | None, expires: timedelta, token_id: int) -> int:
    """Print a URL that opens one document without a header, for programs that can send none.

    It ends with its time, or with the token that it depends on: the newest, unless you name one. Whoever has
    the URL has the document: send it as you would send a password.

    \b
    Example:
      syndicate partner sign quay-radio english --format rss --expires 90d
    """

    async def work(app: App) -> dict[str, Any]:
        contract, _ = find_contract(app.catalogue, name, feed)
        wanted = Format(form) if form else contract.forms[0]
        if wanted not in contract.forms:
            raise NotFound(f"the contract of {name} has no {wanted}; it has: {', '.join(contract.forms)}")
        found = await app.db.read(tokens.signing_token, name, now=app.now(), token_id=token_id)
        end = min(app.now() + expires, found.expires or datetime.max.replace(tzinfo=app.now().tzinfo))
        address = Address(partner=name, feed=feed, form=wanted)
        query = sign_query(app.gate.keys, address, token_id=found.id, expires=end)
        url = links.absolute(app.catalogue.site.base_url, f"{address.path}?{query}")
        return {"url": url, "token": found.id, "expires": end}

    signed = run_app(options, work)
    if options.json:
        answer(options, signed, lambda: None)
    else:
        click.echo(signed["url"])
    return DONE


def _show(options: Options, made: NewToken) -> None:
    # Also with --quiet: this is the only time that it can be told.
    if options.json:
        answer(options, made, lambda: None)
        return
    click.echo(made.secret)
    if not options.quiet:
        end = f", until {moment(made.expires, 'UTC')}" if made.expires else ""
        click.echo(f"Token {made.id} of {made.partner}{end}. It is not shown again.", err=True)


def _shaped(state: TokenState) -> Any:
    from rich.text import Text

    shape, colour = SHAPES[state]
    return Text(f"{shape} {state}", style=colour)


def _tell_tokens(name: str, found: list[TokenLine], zone: str) -> None:
    if not found:
        click.echo(f"No token: make one with: syndicate partner token new {name}")
        return
    columns = ("id", "state", "label", "created", "last used", "expires", "revoked")
    rows = [
        [
            one.id,
            _shaped(one.state),
            one.label,
            moment(one.created, zone),
            moment(one.last_used, zone) or "never",
            moment(one.expires, zone),
            moment(one.revoked, zone),
        ]
        for one in found
    ]
    table("", columns, rows)
