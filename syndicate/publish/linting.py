"""Files and addresses that somebody asks about → what our rules say of them. Stores nothing."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syndicate.errors import AddressForbidden, SyndicateError
from syndicate.formats.lint import Finding, Report, lint
from syndicate.formats.lint.http import Exchange, lint_exchange
from syndicate.formats.lint.parts import Kind
from syndicate.formats.lint.report import LARGEST
from syndicate.formats.lint.tables import RULES as FEED_RULES
from syndicate.formats.lint.xml_rules import DECLARED
from syndicate.model.site import FetchSettings, Site
from syndicate.net.client import Client, Response
from syndicate.net.limits import MAX_FILE, unpacked

__all__ = ["FEED_RULES", "Linted", "Linting", "lint_given"]

LintMail = Callable[[bytes], Sequence[Finding]]
STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found in one file or at one address, and its text for those who want to see the line."""

    name: str
    report: Report
    data: bytes = b""

    def line(self, number: int) -> str:
        """A line of the text, from 1; empty where there is none."""
        lines = self.data.splitlines() if number > 0 else []
        return (
            lines[number - 1].decode(_encoding(self.data), "replace")
            if number <= len(lines) and lines
            else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Linting:
    """What looking needs: how to fetch, who asks, the time, and what reads mail."""

    settings: FetchSettings
    site: Site
    now: Callable[[], datetime]
    lint_mail: LintMail


async def lint_given(given: Sequence[str], linting: Linting) -> AsyncIterator[Linted]:
    """Each path (`-` is standard input) or address in its order; what cannot be had is `unreadable`."""
    async with Client(linting.settings, site=linting.site) as client:
        for name in given:
            yield await _linted(name, client, linting)


async def _linted(name: str, client: Client, linting: Linting) -> Linted:
    try:
        if name.lower().startswith(("http://", "https://")):
            return await _fetched(name, client, linting)
        return _looked_at(name, _read(name), linting)
    except AddressForbidden as error:
        return _unreadable(name, f"it was not fetched: {error.why}. To allow it: --allow-host {error.host}")
    except SyndicateError as error:
        return _unreadable(name, str(error).removeprefix(name).lstrip(": "))
    except OSError as error:
        return _unreadable(name, error.strerror or str(error))


async def _fetched(url: str, client: Client, linting: Linting) -> Linted:
    first = await client.get(url)
    found = _looked_at(url, first.body, linting, url=first.url)
    if found.report.unreadable or found.report.kind is Kind.MAIL:
        return found
    exchange = Exchange(
        url=url,
        arrived_at=first.url,
        kind=found.report.kind,
        headers=dict(first.headers),
        size=len(first.body),
        asked_again=await _asked_again(first, client),
        encoding=_encoding(first.body),
    )
    findings = (*lint_exchange(exchange), *found.report.findings)
    return replace(found, report=replace(found.report, findings=findings))


async def _asked_again(first: Response, client: Client) -> int:
    etag, modified = first.headers.get("etag", ""), first.headers.get("last-modified", "")
    if not etag and not modified:
        return 0
    try:
        return (await client.get(first.url, etag=etag, last_modified=modified)).status
    except SyndicateError as error:
        return getattr(error, "status", None) or 0


def _looked_at(name: str, data: bytes, linting: Linting, *, url: str = "") -> Linted:
    data = unpacked(data, name=name)
    report = lint(data, url=url, now=linting.now())
    if report.kind is Kind.MAIL:
        report = replace(report, findings=tuple(linting.lint_mail(data)), entries=1)
    return Linted(name=name, report=report, data=data)


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read(MAX_FILE + 1)
    path = Path(name)
    if path.is_file() and os.path.getsize(path) > MAX_FILE:
        return b"\0" * (LARGEST + 1)
    return path.read_bytes()


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    found = DECLARED.match(data[:1_000].lstrip(b"\xef\xbb\xbf"))
    name = found[1].decode("ascii").lower() if found else "utf-8"
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name


def _unreadable(name: str, why: str) -> Linted:
    return Linted(name=name, report=Report(kind=Kind.NOTHING, unreadable=why))
