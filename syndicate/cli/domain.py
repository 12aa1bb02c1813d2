"""`syndicate check --domain`: what DNS and the relays say of the domains that mail is sent from."""

import asyncio
from collections.abc import Sequence

import click

from syndicate.audience.addresses import read_address
from syndicate.cli.main import DONE, IN_PART, Options
from syndicate.cli.session import answer, now, read_config
from syndicate.config import Config
from syndicate.deliver.dkim import load_signers
from syndicate.deliver.domain.finding import Finding, State
from syndicate.deliver.domain.looking import Outlook, look_at_domains
from syndicate.errors import BadAddress, OwnFault

MARKS = {
    State.OK: ("ok   ", "green"),
    State.TO_DO: ("TO DO", "red"),
    State.HINT: ("hint ", "cyan"),
    State.UNASKED: ("?    ", "yellow"),
}


def check_domains(options: Options, domains: Sequence[str]) -> int:
    """Look at these domains, or at those of all newsletters; the exit code."""
    config = read_config(options)
    senders = [typed_domain(one) for one in domains] or sender_domains(config)
    if not senders:
        raise OwnFault(f"{config.path}: there are no newsletters, so name a domain: check --domain DOMAIN")
    return tell(options, asyncio.run(look_at_domains(outlook_of(config), senders)))


def outlook_of(config: Config) -> Outlook:
    """What the configuration tells of how mail leaves. Raises ConfigError for keys that cannot be used."""
    settings = config.settings.delivery
    return Outlook(
        nameservers=settings.nameservers,
        signers=load_signers(*config.dkim, where=str(config.path)),
        relays=config.relays,
        bounce_domain=domain_of(f"x@{settings.bounce_domain}") if settings.bounce_domain else "",
        base_url=config.catalogue.site.base_url,
        now=now(),
    )


def sender_domains(config: Config) -> list[str]:
    """The hosts of From of all newsletters, each once."""
    found = (domain_of(one.sender.address) for one in config.catalogue.newsletters.values())
    return list(dict.fromkeys(found))


def typed_domain(text: str) -> str:
    """A domain as somebody typed it, in lower case and punycode."""
    try:
        return domain_of(f"x@{text}")
    except BadAddress as error:
        raise click.UsageError(f"{text!r} is no domain; it looks like courier.example") from error


def domain_of(address: str) -> str:
    """The domain of an address, in lower case and punycode. Raises BadAddress."""
    return read_address(address).domain


def tell(options: Options, found: Sequence[Finding]) -> int:
    """Print findings; the exit code says whether there is something to do, or to ask again."""
    answer(options, found, lambda: _tell(found))
    return IN_PART if any(one.state in {State.TO_DO, State.UNASKED} for one in found) else DONE


def _tell(found: Sequence[Finding]) -> None:
    for one in found:
        word, colour = MARKS[one.state]
        click.echo(f"{click.style(word, fg=colour, bold=one.state is State.TO_DO)}  {one.what}: {one.told}")
        if one.remedy:
            click.echo(f"       → {one.remedy}")
        if one.record:
            click.echo(f"         {one.record.name}  {one.record.type}  {one.record.value}")
