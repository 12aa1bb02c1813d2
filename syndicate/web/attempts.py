"""Callers whose credentials opened nothing: how often each may try in vain, told apart by address.

A token of 256 bits is not guessed; what a flood of attempts costs is the log and the line. So those who bring
a right one are let in whatever others do behind the same address, and only failures are told to wait.
"""

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

MOST = 20
WINDOW_SECONDS = 600.0
CALLERS = 10_000
# A household or an office is given so many addresses of IPv6.
NETWORK_BITS = 64


class Attempts:
    """Counts failures by keyed hashes of addresses, for ten minutes each, of no more than so many callers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._failed: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def fail(self, address: str) -> tuple[int, int]:
        """Count one more: how many there were, and in how many seconds they are forgotten."""
        now = self._clock()
        key = blake2b(_network(address).encode(), key=self._key, digest_size=12).digest()
        count, ends = self._failed.get(key, (0, 0.0))
        if now >= ends:
            self._failed.pop(key, None)
            count, ends = 0, now + WINDOW_SECONDS
        self._failed[key] = (count + 1, ends)
        self._clean(now)
        return count + 1, max(1, round(ends - now))

    def _clean(self, now: float) -> None:
        # In the order of their ends, since each is put at the back when it begins.
        while self._failed:
            _, ends = next(iter(self._failed.values()))
            if ends > now and len(self._failed) <= CALLERS:
                return
            self._failed.popitem(last=False)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/{NETWORK_BITS}", strict=False))
