"""The relays: one as [relay], or several as [relays.NAME]."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syndicate.config.reading import Reading
from syndicate.config.rules import is_loopback, name, relay_host
from syndicate.config.spelling import shown
from syndicate.errors import Fault
from syndicate.model.site import Protocol, Relay, Security

if TYPE_CHECKING:
    from syndicate.config import Config

ONE = "relay"
RELAYS = "relays"
LOCAL = "local"
# What is usual where a table says nothing: ports of RFC 6409 and RFC 8314; LMTP stays within the house.
USUAL: Mapping[str, Mapping[str, Any]] = {
    Protocol.LMTP: {"port": 24, "security": "none"},
    Security.TLS: {"port": 465},
}


def read_relays(reading: Reading, table: Mapping[str, Any]) -> tuple[Relay, ...]:
    """Each relay that is declared, at least one: without any, mail stays in the local mailbox."""
    found = table.get(RELAYS)
    if found is None:
        return (_read_one(reading, table.get(ONE, LOCAL)),)
    if ONE in table:
        right = f"cannot stand beside [{ONE}]: give that one a name too, as [{RELAYS}.NAME]"
        reading.tell(RELAYS, list(found), right)
    if not isinstance(found, dict) or not found:
        reading.tell(RELAYS, found, f"must be tables: [{RELAYS}.NAME], each with a host")
        return (Relay(),)
    return tuple(_read_named(reading, key, inner) for key, inner in found.items())


def with_files(relay: Relay, place: Callable[[str], str]) -> Relay:
    """The relay with its files in their places."""
    return replace(
        relay,
        ca_file=place(relay.ca_file),
        cert_file=place(relay.cert_file),
        key_file=place(relay.key_file),
    )


def relay_faults(config: "Config") -> Iterator[Fault]:
    """What is missing or does not fit together."""
    for relay in config.relays:
        yield from _settings(relay)
    yield from _together(config.relays)
    processes = config.settings.delivery.processes
    for relay in config.relays:
        if 1 < processes >= relay.connections:
            right = f"asks for more of {relay.at}.connections ({relay.connections}): one for each, and one"
            yield _fault("delivery.processes", processes, right)
    outside = [relay for relay in config.relays if not relay.local and not relay.folder]
    if outside:
        yield from _mailing(config, outside)


def _read_one(reading: Reading, table: Any) -> Relay:
    if isinstance(table, str):
        table = {"host": table}
    relay = _read(reading, table, ONE)
    local = relay.host in {"", LOCAL}
    if local:
        return replace(relay, local=True, host="", name=LOCAL)
    return replace(relay, name=relay.title)


def _read_named(reading: Reading, key: str, table: Any) -> Relay:
    at = f"{RELAYS}.{key}"
    if fault := name(key):
        reading.tell(at, key, fault)
    relay = _read(reading, table, at)
    if relay.host in {"", LOCAL}:
        right = f'is missing, or the local mailbox, which stands alone ({ONE} = "{LOCAL}")'
        reading.tell(f"{at}.host", relay.host, f"{right}; it takes your relay's name")
    return replace(relay, name=key)


def _read(reading: Reading, table: Any, at: str) -> Relay:
    if isinstance(table, dict):
        table = {
            **USUAL.get(table.get("security", ""), {}),
            **USUAL.get(table.get("protocol", ""), {}),
            **table,
        }
    relay = replace(reading.read(Relay, table, at, local=False), at=at)
    if relay.host not in {"", LOCAL} and (fault := relay_host(relay.host)):
        reading.tell(f"{at}.host", relay.host, fault)
    # Neither a folder nor a socket on this machine is reached over a network.
    return replace(relay, security=Security.NONE) if relay.folder or relay.socket else relay


def _settings(relay: Relay) -> Iterator[Fault]:
    if relay.username and relay.security is Security.NONE and not relay.socket:
        right = 'would send the password unencrypted; use "starttls" or "tls"'
        yield _fault(f"{relay.at}.security", "none", right)
    if relay.protocol is Protocol.LMTP and relay.port == 25 and not relay.socket:
        right = "is SMTP's: LMTP may not be spoken there (RFC 2033, section 5); usual is 24"
        yield _fault(f"{relay.at}.port", relay.port, right)
    if relay.key_file and not relay.cert_file:
        yield _fault(f"{relay.at}.cert_file", "", "is missing; key_file is nothing without the certificate")


def _together(relays: tuple[Relay, ...]) -> Iterator[Fault]:
    for place, relay in enumerate(relays):
        same = [one.at for one in relays[:place] if relay.host and _place(one) == _place(relay)]
        if same:
            right = f"is the relay of [{same[0]}] again; keep one of them, with more connections"
            yield _fault(f"{relay.at}.host", relay.host, right)
        if relay.signs != relays[0].signs:
            right = (
                f"differs from [{relays[0].at}]: a message is signed before anybody knows whose it will be"
            )
            yield _fault(f"{relay.at}.signs", relay.signs, right)
    if not any(relay.weight for relay in relays):
        right = "leaves nobody to send: a weight of 0 is a standby, and one relay at least needs more"
        yield _fault(f"{relays[0].at}.weight", 0, right)


def _mailing(config: "Config", outside: list[Relay]) -> Iterator[Fault]:
    base_url = config.catalogue.site.base_url
    # RFC 8058, section 3.1: one-click unsubscribe is https, and nobody else can reach a loopback address.
    if is_loopback(base_url) or not base_url.startswith("https://"):
        right = (
            f"would send mail whose links nobody can follow: site.base_url is {base_url}. "
            f'Set it to your public https address, or use host = "{LOCAL}"'
        )
        yield _fault(f"{outside[0].at}.host", outside[0].host, right)
    for newsletter in config.catalogue.newsletters.values():
        if not newsletter.postal_address:
            right = "is missing; bulk mail shows its sender's postal address (or set site.postal_address)"
            yield _fault(f"newsletters.{newsletter.name}.postal_address", "", right)


def _place(relay: Relay) -> tuple[str, int, str]:
    return relay.host.lower(), 0 if relay.folder or relay.socket else relay.port, relay.username


def _fault(key: str, value: Any, right: str) -> Fault:
    return Fault(key=key, value=shown(key, value) if value != "" else "", right=right)
