"""Looks at the domains that mail is sent from: asks DNS and the relays, and leaves judging to the others."""

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from syndicate.deliver.dkim import Signer, choose_signers
from syndicate.deliver.domain.asking import Asking
from syndicate.deliver.domain.dkim_record import Key, judge_dkim, judge_signing, keys_of
from syndicate.deliver.domain.dmarc import DmarcFacts, found_at, judge_dmarc, records_of, report_domains
from syndicate.deliver.domain.finding import Finding
from syndicate.deliver.domain.hints import judge_bimi, judge_mta_sts
from syndicate.deliver.domain.organisation import organisation_of
from syndicate.deliver.domain.reverse import judge_reverse
from syndicate.deliver.domain.servers import judge_servers
from syndicate.deliver.domain.spf_findings import SpfFacts, judge_spf
from syndicate.deliver.domain.spf_walk import Answer, Kind, check_host, count_lookups
from syndicate.deliver.domain.tags import is_version, read_tags
from syndicate.deliver.domain.transport import WayFacts, is_near, judge_way
from syndicate.deliver.domain.way import look_at_way
from syndicate.errors import Unreadable
from syndicate.model.hosts import covers
from syndicate.model.site import Relay
from syndicate.net.dns import Resolver

# A local part like those of our envelope senders; macros of SPF may ask for it.
SENDER = "b-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known here: who signs, through which relays mail leaves, where bounces go, who we are.

    `bounce_domain` is empty where envelope senders are of From's domain.
    """

    nameservers: tuple[str, ...]
    signers: tuple[Signer, ...]
    relays: tuple[Relay, ...]
    bounce_domain: str
    base_url: str
    now: datetime

    @property
    def elsewhere(self) -> tuple[Relay, ...]:
        """The relays that are servers in a network."""
        return tuple(one for one in self.relays if not (one.local or one.folder or one.socket))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of those that are further away than this machine."""
        return tuple(dict.fromkeys(one.host for one in self.elsewhere if not is_near(one.host)))

    @property
    def sending_addresses(self) -> tuple[str, ...]:
        """From where they send, as far as the settings say."""
        return tuple(dict.fromkeys(address for one in self.relays for address in one.sends_from))


async def look_at_domains(outlook: Outlook, senders: Iterable[str]) -> list[Finding]:
    """Findings about every host of From in `senders`, about where bounces go, and about the relays."""
    asking = Asking(Resolver(outlook.nameservers))
    hosts = list(dict.fromkeys(host.lower().rstrip(".") for host in senders))
    parts = [_look_at_sender(outlook, asking, host) for host in hosts]
    if outlook.bounce_domain and outlook.bounce_domain not in hosts:
        parts.append(_look_at_bounces(outlook, asking, hosts[:1]))
    parts += [_look_at_address(outlook, asking, address) for address in outlook.sending_addresses]
    parts += [_look_at_relay(outlook, relay) for relay in outlook.elsewhere]
    found = [finding for part in await asyncio.gather(*parts) for finding in part]
    return list({(finding.what, finding.told): finding for finding in found}.values())


async def _look_at_sender(outlook: Outlook, asking: Asking, host: str) -> list[Finding]:
    parts = await asyncio.gather(
        _look_at_keys(outlook, asking, host),
        _look_at_spf(outlook, asking, host),
        _look_at_dmarc(outlook, asking, host),
        _look_at_servers(outlook, asking, host),
        _look_at_hints(asking, host),
    )
    return [finding for part in parts for finding in part]


async def _look_at_bounces(outlook: Outlook, asking: Asking, hosts: list[str]) -> list[Finding]:
    spf = await _look_at_spf(outlook, asking, outlook.bounce_domain)
    return [*spf, *await _look_at_servers(outlook, asking, outlook.bounce_domain, *hosts)]


async def look_at_records(outlook: Outlook) -> list[Finding]:
    """How the record of every key stands, whether a newsletter of its domain is sent or not."""
    return await _look_at_records(outlook, Asking(Resolver(outlook.nameservers)), keys_of(outlook.signers))


async def _look_at_records(outlook: Outlook, asking: Asking, keys: Sequence[Key]) -> list[Finding]:
    day = outlook.now.astimezone(UTC).date()
    answers = await asyncio.gather(*(asking.ask(Kind.TXT, key.signer.name) for key in keys))
    return [judge_dkim(key, answer, day=day) for key, answer in zip(keys, answers, strict=True)]


async def _look_at_keys(outlook: Outlook, asking: Asking, host: str) -> list[Finding]:
    keys = [key for key in keys_of(outlook.signers) if covers(key.signer.domain, host)]
    records = await _look_at_records(outlook, asking, keys)
    signs = bool(outlook.relays) and all(relay.signs for relay in outlook.relays)
    signing = choose_signers(outlook.signers, sender=host, at=outlook.now)
    return [
        judge_signing(host, signing, has_keys=bool(keys), relay_signs=signs),
        *records,
    ]


async def _look_at_spf(outlook: Outlook, asking: Asking, host: str) -> list[Finding]:
    envelope = not outlook.bounce_domain or host == outlook.bounce_domain
    sender = f"{SENDER}@{host}"
    helo = next(iter(outlook.hosts), host)
    texts = await asking.ask(Kind.TXT, host)
    whole = await asking.walk(count_lookups(host, sender=sender, helo=helo))
    addresses = outlook.sending_addresses or await _guessed(outlook, asking)
    walks = (asking.walk(check_host(host, one, sender=sender, helo=helo)) for one in addresses)
    facts = SpfFacts(
        domain=host,
        texts=texts.values,
        whole=whole,
        by_address=tuple(zip(addresses, await asyncio.gather(*walks), strict=True)),
        known=bool(outlook.sending_addresses),
        relays=outlook.hosts,
        envelope=envelope,
    )
    return judge_spf(facts)


async def _guessed(outlook: Outlook, asking: Asking) -> tuple[str, ...]:
    """Where the relays are, which is where many of them send from."""
    answers = await asyncio.gather(*(asking.ask(Kind.ADDRESSES, host) for host in outlook.hosts))
    return tuple(one for answer in answers for one in answer.values if ipaddress.ip_address(one).is_global)


async def _look_at_dmarc(outlook: Outlook, asking: Asking, host: str) -> list[Finding]:
    own, whole = await _dmarc(asking, host)
    place, answer = found_at(host, own, whole)
    asked = [
        one for one in report_domains(records_of(answer)) if organisation_of(one) != organisation_of(place)
    ]
    consents = await asyncio.gather(*(asking.ask(Kind.TXT, f"{place}._report._dmarc.{one}") for one in asked))
    signing = choose_signers(outlook.signers, sender=host, at=outlook.now)
    facts = DmarcFacts(
        host=host,
        own=own,
        whole=whole,
        envelope=outlook.bounce_domain or host,
        signing=tuple(dict.fromkeys(one.domain for one in signing)),
        consents=tuple((one, _consents(said)) for one, said in zip(asked, consents, strict=True)),
    )
    return judge_dmarc(facts)


async def _dmarc(asking: Asking, host: str) -> tuple[Answer, Answer]:
    own = await asking.ask(Kind.TXT, f"_dmarc.{host}")
    return own, await asking.ask(Kind.TXT, f"_dmarc.{organisation_of(host)}")


def _consents(answer: Answer) -> bool | None:
    if answer.failed:
        return None
    return any(is_version(text, "DMARC1") for text in answer.values)


async def _look_at_servers(outlook: Outlook, asking: Asking, host: str, *others: str) -> list[Finding]:
    servers = await asking.ask(Kind.MX, host)
    names = (*servers.values, host)
    answers = await asyncio.gather(*(asking.ask(Kind.ADDRESSES, name) for name in names if name != "."))
    at = dict(zip((name for name in names if name != "."), answers, strict=True))
    proposed = [name for other in others for name in (await asking.ask(Kind.MX, other)).values if name != "."]
    proposed += [*outlook.hosts, urlsplit(outlook.base_url).hostname or ""]
    far = (name for name in proposed if not is_near(name))
    return [judge_servers(host, servers, at, proposed=next(far, ""))]


async def _look_at_hints(asking: Asking, host: str) -> list[Finding]:
    sts, bimi = await asyncio.gather(
        asking.ask(Kind.TXT, f"_mta-sts.{host}"), asking.ask(Kind.TXT, f"default._bimi.{host}")
    )
    _, answer = found_at(host, *await _dmarc(asking, host))
    try:
        policy = read_tags(next(iter(records_of(answer)), "")).get("p", "").lower()
    except Unreadable:
        policy = ""
    found = (judge_mta_sts(host, sts), judge_bimi(host, bimi, policy=policy))
    return [one for one in found if one is not None]


async def _look_at_address(outlook: Outlook, asking: Asking, address: str) -> list[Finding]:
    names = await asking.ask(Kind.PTR, address)
    answers = await asyncio.gather(*(asking.ask(Kind.ADDRESSES, name) for name in names.values))
    helo = next((one.host for one in outlook.elsewhere if address in one.sends_from), "")
    helo = "" if is_near(helo) else helo
    return [judge_reverse(address, names, dict(zip(names.values, answers, strict=True)), helo=helo)]


async def _look_at_relay(outlook: Outlook, relay: Relay) -> list[Finding]:
    facts: WayFacts = await look_at_way(relay)
    return [judge_way(relay, facts, now=outlook.now)]
