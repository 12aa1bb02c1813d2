"""Questions to DNS, asked of the system's name servers or of those that were named. The only DNS client."""

import ipaddress
from collections.abc import Iterable, Sequence

from dns.asyncresolver import Resolver as Asker
from dns.exception import DNSException
from dns.name import IDNA_2008_Practical, Name, from_text
from dns.nameserver import Do53Nameserver
from dns.rdata import Rdata
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer, NoNameservers
from dns.reversename import from_address

from syndicate.errors import DnsTryLater, NoSuchName

PORT = 53
# What a mail's receiver would wait for (RFC 7208, section 4.6.4, asks for 20 s at least in all).
TIMEOUT = 4.0
LIFETIME = 9.0


class Resolver:
    """Asks `nameservers` (IP, or IP:PORT), each for `timeout` seconds, a question for `lifetime` at most.

    Without any, those of the system. Every question raises NoSuchName where the name does not exist
    (RFC 8020), DnsTryLater where nobody could tell; a name without such records gives an empty tuple.
    """

    def __init__(
        self, nameservers: Sequence[str] = (), *, timeout: float = TIMEOUT, lifetime: float = LIFETIME
    ) -> None:
        self._nameservers = tuple(nameservers)
        self._timeout = timeout
        self._lifetime = lifetime
        self._asker: Asker | None = None

    async def txt(self, name: str) -> tuple[str, ...]:
        """Each TXT record, its strings joined without blanks (RFC 7208, section 3.3)."""
        # Bytes that are no text stay visible, and can be no part of a record that we know.
        found = await self._ask(name, "TXT")
        return tuple(b"".join(one.strings).decode("utf-8", "backslashreplace") for one in found)  # type: ignore[attr-defined]

    async def mx(self, name: str) -> tuple[str, ...]:
        """The mail servers, the preferred first; `.` stands for none at all (RFC 7505)."""
        found = sorted(await self._ask(name, "MX"), key=lambda one: (one.preference, one.exchange))  # type: ignore[attr-defined]
        return tuple(_host(one.exchange) for one in found)  # type: ignore[attr-defined]

    async def addresses(self, name: str) -> tuple[str, ...]:
        """The IPv4 addresses, then those of IPv6."""
        found = [*await self._ask(name, "A"), *await self._ask(name, "AAAA")]
        return tuple(one.address for one in found)  # type: ignore[attr-defined]

    async def ptr(self, ip: str) -> tuple[str, ...]:
        """The names that the address is given in reverse."""
        found = await self._ask(from_address(ip), "PTR")
        return tuple(_host(one.target) for one in found)  # type: ignore[attr-defined]

    async def _ask(self, name: str | Name, kind: str) -> Iterable[Rdata]:
        try:
            return await self._asking().resolve(_name(name), kind, search=False)
        except NXDOMAIN as error:
            raise NoSuchName(f"{name} does not exist in DNS", name=str(name)) from error
        except NoAnswer:
            return ()
        except (DNSException, OSError) as error:
            raise DnsTryLater(f"DNS could not tell {kind} of {name}: {_why(error)}") from error

    def _asking(self) -> Asker:
        # Made at the first question: without one, a machine without resolv.conf has nothing to miss.
        if self._asker is None:
            self._asker = Asker(configure=not self._nameservers)
            self._asker.timeout, self._asker.lifetime = self._timeout, self._lifetime
            if self._nameservers:
                self._asker.nameservers = [_server(one) for one in self._nameservers]
        return self._asker


def _name(name: str | Name) -> Name:
    if isinstance(name, Name):
        return name
    try:
        return from_text(name, idna_codec=IDNA_2008_Practical)
    except DNSException as error:
        raise NoSuchName(f"{name!r} can be no name in DNS: {error}", name=name) from error


def _why(error: Exception) -> str:
    if isinstance(error, LifetimeTimeout):
        return "nobody answered in time"
    if isinstance(error, NoNameservers):
        return ", ".join(dict.fromkeys(str(one[3]) for one in error.kwargs.get("errors", ()))) or str(error)
    return str(error)


def _host(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _server(text: str) -> Do53Nameserver:
    host, _, port = text.rpartition(":") if _has_port(text) else (text, "", str(PORT))
    return Do53Nameserver(host.strip("[]"), int(port))


def _has_port(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return ":" in text
    return False
