"""New keys on disk, and their records as they are written into DNS."""

import os
from pathlib import Path

from syndicate.deliver.dkim import new_key
from syndicate.deliver.domain.finding import Record
from syndicate.errors import OwnFault, StorageFull

# One string of a TXT record holds so many octets (RFC 1035, section 3.3.14).
STRING = 255


def write_key(path: Path, *, kind: str) -> None:
    """A new private key, readable by its owner alone; never in place of another one.

    Raises OwnFault where a file is there, StorageFull where none can be written.
    """
    try:
        # nginx passes through the data folder, and through no other.
        path.parent.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(new_key(kind))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise OwnFault(
            f"{path} is there already, and a key is never overwritten: take another --selector"
        ) from error
    except OSError as error:
        raise StorageFull(f"{path}: {error.strerror}") from error


def strings_of(value: str) -> list[str]:
    """A TXT record's value in the strings that it is published in."""
    return [value[at : at + STRING] for at in range(0, len(value), STRING)]


def zone_line(record: Record) -> str:
    """The record as a line of a zone file, its name whole."""
    if record.type != "TXT":
        return f"{record.name}. IN {record.type} {record.value}"
    strings = " ".join(
        '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in strings_of(record.value)
    )
    return f"{record.name}. IN TXT ( {strings} )"
