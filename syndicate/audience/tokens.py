"""Signed links and keyed hashes: HMAC-SHA256 (RFC 2104), bound to one purpose, with keys that rotate."""

import hmac
import os
import secrets
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from syndicate.errors import ConfigError, Fault, StorageFull, TokenRefused

CONFIRMATION_AGE = timedelta(days=7)
KEY_BYTES = 32
# Half of the hash, as RFC 2104 (section 5) allows; it keeps links short enough not to be wrapped in mails.
MAC_BYTES = 16
TIME_BYTES = 5
VERP_BYTES = 10
VERP_PREFIX = b"verp\0"


class Purpose(StrEnum):
    """What a token is good for; one made for a purpose is refused for every other."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The key that signs, and the older ones that still verify."""

    current: bytes
    older: tuple[bytes, ...] = ()

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All keys, the current one first."""
        return (self.current, *self.older)


def load_keyring(path: Path) -> Keyring:
    """Read the key file (one key in hex a line, the current one first), or make one with mode 0600.

    Raises ConfigError when it cannot be read or a line is no key, StorageFull when it cannot be written.
    """
    if not path.exists():
        _make_key_file(path)
    try:
        text = path.read_text("ascii", "replace")
    except OSError as error:
        right = f"cannot be read: {error.strerror}; it should be a file of the user that runs this, mode 0600"
        raise ConfigError(str(path), [Fault(key="", value="", right=right)]) from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    keys = tuple(key for line in lines if (key := _read_key(line)))
    if not keys or len(keys) != len(lines):
        right = f"each line should be a key of {KEY_BYTES} bytes or more in hex, the current one first"
        raise ConfigError(
            str(path), [Fault(key="key", value=f"{len(keys)} of {len(lines)} lines", right=right)]
        )
    return Keyring(current=keys[0], older=keys[1:])


def sign(keyring: Keyring, purpose: Purpose, payload: str, *, at: datetime | None = None) -> str:
    """An opaque base64url token that carries `payload`; `at` is when it was made, for those that expire."""
    stamp = int(at.timestamp()) if at else 0
    body = stamp.to_bytes(TIME_BYTES, "big") + payload.encode()
    return urlsafe_b64encode(_mac(keyring.current, purpose, body) + body).rstrip(b"=").decode()


def verify(
    keyring: Keyring,
    purpose: Purpose,
    token: str,
    *,
    now: datetime,
    max_age: timedelta | None = None,
) -> str:
    """The payload of a token. Raises TokenRefused: forged, for another purpose, or older than `max_age`."""
    mac, body = _split(token)
    if not any(hmac.compare_digest(mac, _mac(key, purpose, body)) for key in keyring.keys):
        raise TokenRefused(f"not a {purpose} link of ours")
    made = int.from_bytes(body[:TIME_BYTES], "big")
    if max_age is not None and now.timestamp() - made > max_age.total_seconds():
        raise TokenRefused(f"the {purpose} link is older than {max_age.days} days", expired=True)
    return body[TIME_BYTES:].decode()


def keyed_hash(keyring: Keyring, *parts: str) -> str:
    """A hash in hex (64 digits) that nobody without the key can compute, under the current key."""
    return _keyed_hash(keyring.current, parts)


def keyed_hashes(keyring: Keyring, *parts: str) -> tuple[str, ...]:
    """The hash under every key, the current one first: to find what was stored before a rotation."""
    return tuple(_keyed_hash(key, parts) for key in keyring.keys)


def derived_keys(keyring: Keyring, purpose: str) -> tuple[bytes, ...]:
    """Keys for one purpose alone, one of each key, for layers that sign things of their own."""
    return tuple(hmac.digest(key, b"derived\0" + purpose.encode(), "sha256") for key in keyring.keys)


def fingerprints(keyring: Keyring) -> tuple[str, ...]:
    """What tells each key from others without telling the key."""
    return keyed_hashes(keyring, "fingerprint")


def unsubscribe_token(keyring: Keyring, subscriber_id: int, newsletter: str) -> str:
    """For the one-click link of one subscription. It never expires (requirement E3)."""
    return sign(keyring, Purpose.UNSUBSCRIBE, f"{subscriber_id}:{newsletter}")


def read_unsubscribe(keyring: Keyring, token: str, *, now: datetime) -> tuple[int, str]:
    """Subscriber id and newsletter of an unsubscribe link. Raises TokenRefused."""
    subscriber_id, newsletter = verify(keyring, Purpose.UNSUBSCRIBE, token, now=now).split(":", 1)
    return int(subscriber_id), newsletter


def preferences_token(keyring: Keyring, subscriber_id: int) -> str:
    """For the link to one subscriber's newsletters. It never expires."""
    return sign(keyring, Purpose.PREFERENCES, str(subscriber_id))


def read_preferences(keyring: Keyring, token: str, *, now: datetime) -> int:
    """Subscriber id of a preferences link. Raises TokenRefused."""
    return int(verify(keyring, Purpose.PREFERENCES, token, now=now))


def confirmation_token(keyring: Keyring, subscriber_id: int, newsletter: str, *, at: datetime) -> str:
    """For the link in a confirmation mail; good for 7 days."""
    return sign(keyring, Purpose.CONFIRM, f"{subscriber_id}:{newsletter}", at=at)


def read_confirmation(keyring: Keyring, token: str, *, now: datetime) -> tuple[int, str]:
    """Subscriber id and newsletter of a confirmation link. Raises TokenRefused."""
    payload = verify(keyring, Purpose.CONFIRM, token, now=now, max_age=CONFIRMATION_AGE)
    subscriber_id, newsletter = payload.split(":", 1)
    return int(subscriber_id), newsletter


def verp_tag(keyring: Keyring, *numbers: int) -> str:
    """The signed part of an envelope sender: `12-345-ABC…`, safe in a local part whose case is lost."""
    body = "-".join(map(str, numbers))
    return f"{body}-{_verp_mac(keyring.current, body)}"


def read_verp_tag(keyring: Keyring, tag: str) -> tuple[int, ...]:
    """The numbers of a tag. Raises TokenRefused unless our signature vouches for them."""
    body, _, mac = tag.lower().rpartition("-")
    if not any(hmac.compare_digest(mac.encode(), _verp_mac(key, body).encode()) for key in keyring.keys):
        raise TokenRefused("not an envelope sender of ours")
    return tuple(map(int, body.split("-")))


def _mac(key: bytes, purpose: Purpose, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")[:MAC_BYTES]


def _verp_mac(key: bytes, body: str) -> str:
    return b32encode(hmac.digest(key, VERP_PREFIX + body.encode(), "sha256")[:VERP_BYTES]).decode().lower()


def hash_prefix(*parts: str) -> bytes:
    """What `keyed_hash` hashes of its first parts."""
    return b"hash\0" + b"".join(framed(part.encode()) for part in parts)


def framed(part: bytes) -> bytes:
    """A part behind its length, so that ("ab", "c") and ("a", "bc") differ."""
    return len(part).to_bytes(4, "big") + part


def _keyed_hash(key: bytes, parts: tuple[str, ...]) -> str:
    return hmac.digest(key, hash_prefix(*parts), "sha256").hex()


def _split(token: str) -> tuple[bytes, bytes]:
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError as error:
        raise TokenRefused("not a link of ours") from error
    if len(raw) < MAC_BYTES + TIME_BYTES or urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise TokenRefused("not a link of ours")
    return raw[:MAC_BYTES], raw[MAC_BYTES:]


def _read_key(line: str) -> bytes | None:
    try:
        key = bytes.fromhex(line)
    except ValueError:
        return None
    return key if len(key) >= KEY_BYTES else None


def _make_key_file(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(draft, path)
    except OSError as error:
        raise StorageFull(f"{path}: the key could not be written: {error.strerror}") from error


def _put_in_place(draft: Path, path: Path) -> None:
    # A link fails if the file is there meanwhile: of two first starts, the second reads the first's key.
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
