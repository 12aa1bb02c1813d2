"""Asks DNS whose mail host takes a domain's mail, so that its domains share a pace. Nobody waits for it."""

import asyncio

from syndicate.deliver.sending import Sending
from syndicate.errors import DnsTryLater, NoSuchName
from syndicate.net.dns import Resolver
from syndicate.publish.notice import registrable
from syndicate.store.paces import list_paces, list_unresolved, save_hosts

# Domains in one job, the ones with the most readers first; and questions at one time.
MOST = 500
AT_ONCE = 8
NOBODY = "."


async def resolve_hosts(sending: Sending, *, wanted: bool) -> int:
    """Ask for the mail hosts that are not known; how many domains. Unless `wanted`, only in trouble."""
    troubled = await sending.db.read(list_paces)
    if not (wanted or troubled):
        return 0
    resolver = Resolver(sending.settings.nameservers)
    domains = await sending.db.read(list_unresolved, now=sending.now(), limit=MOST)
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(domain: str) -> str:
        async with places:
            return await host_of(domain, resolver)

    hosts = await asyncio.gather(*(ask(domain) for domain in domains))
    await sending.db.write(save_hosts, dict(zip(domains, hosts, strict=True)), now=sending.now())
    return len(domains)


async def host_of(domain: str, resolver: Resolver) -> str:
    """The registrable domain of the preferred mail host; the domain itself without one, empty if unknown."""
    try:
        found = await resolver.mx(domain)
    except (DnsTryLater, NoSuchName):
        return ""
    # RFC 5321, section 5.1: without MX the domain is its own; RFC 7505: a dot says that there is none.
    if not found or found[0] in (NOBODY, ""):
        return domain
    return registrable(f"https://{found[0]}/") or domain
