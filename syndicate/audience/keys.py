"""The token keys at start: a lost or foreign key is told, never replaced in silence.

Every unsubscribe link that was mailed and every suppression hangs on the key it was made with.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from syndicate.audience.tokens import Keyring, fingerprints, load_keyring
from syndicate.errors import ConfigError, Fault
from syndicate.store.database import Database
from syndicate.store.keys import depends_on_keys, list_fingerprints, save_fingerprints

PUT_BACK = (
    "put it back from the backup, or copy it from the machine that has it; "
    "if it is lost for good, read `syndicate db accept-key --help`"
)


def open_keyring(db: Database, path: Path, *, now: datetime) -> Keyring:
    """The keys of the file, one made at the first start of all, once the database knows them.

    Raises ConfigError when a key is missing that the database was used with or a line is no key, StorageFull.
    """
    if not path.exists():
        db.read_now(_check, path, having=(), now=now)
    keyring = load_keyring(path)
    ours = fingerprints(keyring)
    if set(db.read_now(list_fingerprints)) != set(ours):
        db.write_now(_remember, path, having=ours, now=now)
    return keyring


def accept_keyring(db: Database, path: Path, *, now: datetime) -> Keyring:
    """Use the keys of the file, one made if there is none, whatever the database was used with before."""
    keyring = load_keyring(path)
    db.write_now(save_fingerprints, fingerprints(keyring), now=now)
    return keyring


def _remember(conn: Any, path: Path, *, having: Collection[str], now: datetime) -> None:
    _check(conn, path, having=having, now=now)
    save_fingerprints(conn, having, now=now)


def _check(conn: Any, path: Path, *, having: Collection[str], now: datetime) -> None:
    lacking = set(list_fingerprints(conn)) - set(having)
    if lacking and depends_on_keys(conn, now):
        value = "lacks a key that this database was used with" if having else "is missing"
        right = f"without it unsubscribe links and suppressions would fail: {PUT_BACK}"
        raise ConfigError(str(path), [Fault(key="", value=f"{value};", right=right)])
