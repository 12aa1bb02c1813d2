"""The signed links and hashes of `tokens`, made by the hundred thousand: what is the same is computed once.

An HMAC hashes its key twice before it sees the text (RFC 2104, section 2). Kept and copied, these two states
leave a third of the work. What comes out is what `tokens` makes and reads.
"""

import hashlib
from binascii import b2a_base64
from collections.abc import Callable

from syndicate.audience.tokens import (
    MAC_BYTES,
    TIME_BYTES,
    VERP_BYTES,
    VERP_PREFIX,
    Keyring,
    Purpose,
    framed,
    hash_prefix,
)

BLOCK = 64
INNER = bytes(octet ^ 0x36 for octet in range(256))
OUTER = bytes(octet ^ 0x5C for octet in range(256))
URL_SAFE = bytes.maketrans(b"+/", b"-_")
NEVER = bytes(TIME_BYTES)
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
# Ten bits are two signs of base32.
PAIRS = tuple(one + two for one in BASE32 for two in BASE32)
SHIFTS = range(VERP_BYTES * 8 - 10, -1, -10)

Stamp = Callable[[int], str]


def unsubscribe_tokens(keyring: Keyring, newsletter: str) -> Stamp:
    """Subscriber id → `unsubscribe_token`."""
    return _tokens(keyring, Purpose.UNSUBSCRIBE, suffix=f":{newsletter}".encode())


def preferences_tokens(keyring: Keyring) -> Stamp:
    """Subscriber id → `preferences_token`."""
    return _tokens(keyring, Purpose.PREFERENCES)


def verp_tags(keyring: Keyring, first: int) -> Stamp:
    """Second number → `verp_tag` of both."""
    mac = keyed(keyring.current, VERP_PREFIX)

    def tag(number: int) -> str:
        body = f"{first}-{number}"
        bits = int.from_bytes(mac(body.encode())[:VERP_BYTES])
        signs = "".join([PAIRS[bits >> shift & 1023] for shift in SHIFTS])
        return f"{body}-{signs}"

    return tag


def keyed_hashes_with(keyring: Keyring, *parts: str) -> Stamp:
    """Number → `keyed_hash` of the parts and the number."""
    mac = keyed(keyring.current, hash_prefix(*parts))
    return lambda number: mac(framed(b"%d" % number)).hex()


def text_hashes(key: bytes, *parts: str) -> Callable[[str], str]:
    """Text → `keyed_hash` of the parts and the text, under one key."""
    mac = keyed(key, hash_prefix(*parts))
    return lambda text: mac(framed(text.encode())).hex()


def keyed(key: bytes, prefix: bytes = b"") -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) of `prefix` and what is given, under the key."""
    block = (key if len(key) <= BLOCK else hashlib.sha256(key).digest()).ljust(BLOCK, b"\0")
    inner = hashlib.sha256(block.translate(INNER) + prefix)
    outer = hashlib.sha256(block.translate(OUTER))

    def mac(text: bytes) -> bytes:
        inside, outside = inner.copy(), outer.copy()
        inside.update(text)
        outside.update(inside.digest())
        return outside.digest()

    return mac


def _tokens(keyring: Keyring, purpose: Purpose, *, suffix: bytes = b"") -> Stamp:
    mac = keyed(keyring.current, purpose.encode() + b"\0" + NEVER)

    def token(number: int) -> str:
        body = b"%d%b" % (number, suffix)
        raw = b2a_base64(mac(body)[:MAC_BYTES] + NEVER + body, newline=False)
        return raw.translate(URL_SAFE, b"=").decode()

    return token
