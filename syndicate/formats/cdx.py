"""Reads what a web archive's CDX server lists: which captures there are of which addresses.

https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server and
https://pywb.readthedocs.io/en/latest/manual/cdxserver_api.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from syndicate.errors import Unreadable

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
# pywb has other names for some.
_ALIASES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxRow:
    """One capture. `urlkey` is the address in the archive's own normal form, equal for all its captures;
    `timestamp` has 14 digits.
    """

    urlkey: str
    timestamp: str
    original: str
    mimetype: str = ""
    statuscode: str = ""
    digest: str = ""
    length: str = ""

    @property
    def captured(self) -> datetime:
        """When it was captured."""
        return datetime.strptime(self.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)

    @property
    def url(self) -> str:
        """The address without the default port that some crawlers wrote."""
        address = self.original if "://" in self.original else f"http://{self.original}"
        try:
            parts = urlsplit(address)
        except ValueError:
            return address
        host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), "\0"))
        return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=host, fragment=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxPage:
    """A part of a listing, and the key that asks for the next one; empty at the end."""

    rows: tuple[CdxRow, ...] = ()
    resume_key: str = ""


def parse_cdx(data: bytes, *, url: str) -> CdxPage:
    """Read the JSON of either server; rows that make no sense are passed over. Raises Unreadable."""
    text = data.decode("utf-8", "replace").strip()
    if not text:
        return CdxPage()
    try:
        if text.startswith("["):
            return _from_table(json.loads(text))
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{url} is no list of captures: {text[:80]!r}") from error
    return CdxPage(rows=_rows(row for row in found if isinstance(row, dict)))


def _from_table(table: Any) -> CdxPage:
    """A header, a row for each capture, then, if there is more, an empty row and the resumption key."""
    rows = [row for row in table if isinstance(row, list)]
    key = ""
    if len(rows) >= 2 and rows[-2] == [] and len(rows[-1]) == 1:
        key, rows = str(rows[-1][0]), rows[:-2]
    if not rows:
        return CdxPage(resume_key=key)
    names, *values = rows
    return CdxPage(rows=_rows(dict(zip(names, row, strict=False)) for row in values), resume_key=key)


def _rows(found: Any) -> tuple[CdxRow, ...]:
    return tuple(filter(None, map(_row, found)))


def _row(found: Mapping[str, Any]) -> CdxRow | None:
    values = {name: str(found.get(name) or found.get(_ALIASES.get(name, ""), "")) for name in FIELDS}
    row = CdxRow(**values)
    try:
        _ = row.captured
    except ValueError:
        return None
    return row if row.original else None


def by_address(rows: Sequence[CdxRow]) -> list[list[CdxRow]]:
    """The rows of each address together, in the listing's order, which is by address and then by time."""
    groups: list[list[CdxRow]] = []
    for row in rows:
        if groups and groups[-1][0].urlkey == row.urlkey:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
