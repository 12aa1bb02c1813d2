"""Which addresses an outgoing request may dial (requirement C3). Pure: the client asks at connect time."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Python 3.11's is_global says True for several of these; the list is the IANA special-purpose registries'.
_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only 2000::/3 is global unicast; that rule alone refuses NAT64, fec0::/10, ::/96 and all multicast.
_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
)


def refusal(address: str) -> str:
    """Why this literal address may not be dialled; empty when it may. A zone index is ignored."""
    try:
        found = ip_address(address.split("%", 1)[0])
    except ValueError:
        return "it is not an address"
    if isinstance(found, IPv6Address):
        return _refusal_v4(found.ipv4_mapped) if found.ipv4_mapped else _refusal_v6(found)
    return _refusal_v4(found)


def _refusal_v4(address: IPv4Address) -> str:
    if any(address in network for network in _REFUSED_V4) or not address.is_global:
        return f"{address} is not a public address"
    return ""


def _refusal_v6(address: IPv6Address) -> str:
    inside = address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)
    return "" if inside and address.is_global else f"{address} is not a public address"


class Guard:
    """The rule, and the hosts that the operator excepts by name: entries `HOST` or `HOST:PORT`.

    An IPv6 literal with a port is written `[::1]:8080`. A name excepts only requests that spell it so.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = frozenset(_entry(text) for text in allow_hosts)

    def excepts(self, host: str, port: int | None) -> bool:
        """Whether the operator allows this host whatever its address."""
        name = host.lower().rstrip(".")
        return (name, None) in self._allowed or (name, port) in self._allowed


def _entry(text: str) -> tuple[str, int | None]:
    text = text.strip().lower()
    bare = text.strip("[]")
    if bare.count(":") > 1 and "]:" not in text:
        return bare, None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        return text.strip("[]"), None
    return host.strip("[]").rstrip("."), int(port)
