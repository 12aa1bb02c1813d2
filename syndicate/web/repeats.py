"""Callers that fetch the same version of a document again and again without asking whether it changed.

Only they are asked to wait (429): a conditional request costs next to nothing and never is. The limit is a
courtesy to the line, no protection, and generous, since many people may share one address: callers are told
apart by address and program, and a caller whose address is only that of a proxy is never counted.
"""

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b

from starlette.types import Scope

# Addresses are forgotten after an hour at the latest (requirement P1).
LONGEST = 3600.0
CALLERS = 20_000
FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip"})


class Repeats:
    """Counts them, as keyed hashes that live as long as the document is fresh, and no more than so many.

    Of a `local` site, which only this machine sees, a caller on this machine is one like any other.
    """

    def __init__(
        self,
        most: int,
        *,
        trusted: Iterable[str] = (),
        local: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._local = local
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._networks = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)
        self._counts: OrderedDict[bytes, tuple[int, float]] = OrderedDict()
        self._trusts = lru_cache(maxsize=1024)(self._is_trusted)

    def wait(self, scope: Scope, version: bytes, *, fresh: float) -> int:
        """Seconds that the caller should wait; 0 for those who may have it. `fresh` is its max-age."""
        if not self._most:
            return 0
        caller = self._caller(scope)
        if caller is None:
            return 0
        now = self._clock()
        key = blake2b(caller + b"\0" + version, key=self._key, digest_size=12).digest()
        count, ends = self._counts.get(key, (0, 0.0))
        if now >= ends:
            self._counts.pop(key, None)
            count, ends = 0, now + min(fresh, LONGEST)
        self._counts[key] = (count + 1, ends)
        self._clean(now)
        return max(1, round(ends - now)) if count >= self._most else 0

    def _clean(self, now: float) -> None:
        while self._counts:
            _, ends = next(iter(self._counts.values()))
            if ends > now and len(self._counts) <= CALLERS:
                return
            self._counts.popitem(last=False)

    def _caller(self, scope: Scope) -> bytes | None:
        peer = scope["client"][0] if scope.get("client") else ""
        forwarded, program, through = [], b"", False
        for name, value in scope["headers"]:
            if name == b"user-agent":
                program = value
            elif name in FORWARDED:
                through = True
                if name == b"x-forwarded-for":
                    forwarded.append(value)
        if self._trusts(peer):
            peer = self._behind(peer, b",".join(forwarded))
            unknown = self._trusts(peer)
        else:
            # A proxy of ours that nobody told us to trust: all readers would be one caller.
            unknown = is_inside(peer) and (through or not self._local)
        return None if unknown else peer.encode() + b"\0" + program

    def _behind(self, peer: str, forwarded: bytes) -> str:
        for hop in reversed([hop.strip() for hop in forwarded.decode("latin-1").split(",")]):
            if not self._trusts(peer) or not hop:
                break
            peer = hop
        return peer

    def _is_trusted(self, address: str) -> bool:
        known = _address(address)
        return known is not None and any(known in network for network in self._networks)


@lru_cache(maxsize=1024)
def is_inside(address: str) -> bool:
    """Whether an address says nothing about who calls: of this machine or network, or none at all."""
    known = _address(address)
    return known is None or not known.is_global


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        known = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return mapped or known
