"""Who is never to be written to. Addresses are kept as keyed hashes, which outlive a wipe."""

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from syndicate.audience.addresses import read_address
from syndicate.audience.people import People
from syndicate.audience.stamps import text_hashes
from syndicate.audience.tokens import Keyring, keyed_hash, keyed_hashes
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import suppressions
from syndicate.store.suppressions import Suppressed as Suppressed


def address_hash(keyring: Keyring, address_key: str) -> str:
    """What stands for an address in suppressions, logs and caps."""
    return keyed_hash(keyring, "address", address_key)


def find_suppressed(
    conn: Any, keyring: Keyring, address_keys: Collection[str]
) -> dict[str, SuppressionReason]:
    """Which of these lower-case addresses are suppressed, under this key or an older one, and why."""
    owner = {digest(key): key for digest in _digests(keyring) for key in address_keys}
    found = suppressions.find_suppressed(conn, owner)
    return {owner[digest]: reason for digest, reason in found.items()}


async def suppress(people: People, address: str, *, reason: SuppressionReason, note: str = "") -> bool:
    """Never write to this address again; False when that was so already. Raises BadAddress."""
    digest = address_hash(people.keyring, read_address(address).key)
    now = people.now()
    return await people.db.write(suppressions.save_suppression, digest, reason=reason, now=now, note=note)


async def list_suppressed(people: People) -> list[Suppressed]:
    """All suppressions, the newest first; addresses as hashes."""
    return await people.db.read(suppressions.list_suppressions)


async def lift(people: People, address: str) -> bool:
    """Let an address be written to again, by an operator's decision. Raises BadAddress."""
    digests = keyed_hashes(people.keyring, "address", read_address(address).key)
    return await people.db.write(suppressions.delete_suppressions, digests) > 0


@lru_cache(maxsize=8)
def _digests(keyring: Keyring) -> tuple[Callable[[str], str], ...]:
    """`address_hash` under each key."""
    return tuple(text_hashes(key, "address") for key in keyring.keys)
