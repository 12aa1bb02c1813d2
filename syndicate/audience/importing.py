"""Subscribers from a CSV file: the good rows go in, each bad one is reported with its row and reason."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.choices import read_choices
from syndicate.audience.people import People
from syndicate.audience.records import Record, read_records
from syndicate.audience.suppression import find_suppressed
from syndicate.errors import BadAddress, OwnFault, Unreadable
from syndicate.model.language import is_tag
from syndicate.model.subscriber import Consent, SubscriptionState
from syndicate.store import subscribers, subscriptions

COLUMNS = ("email", "name", "language", "newsletters", "sections")
# Rows a transaction: a send beside the import waits no longer than this takes.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was not imported; `row` counts as a spreadsheet does, the heading being row 1.

    After an open quote each line counts as a row.
    """

    row: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the subscriptions of a file. `kept_ended` were once ended and stay so."""

    imported: int = 0
    unchanged: int = 0
    kept_ended: int = 0
    bad: tuple[BadRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A good row; `sections` is as it was written, see audience/choices."""

    row: int
    address: Address
    name: str
    language: str
    newsletters: tuple[str, ...]
    sections: str = ""


async def import_csv(
    people: People, data: bytes, *, consent: str, newsletters: Sequence[str] = ()
) -> ImportReport:
    """Import a file. `consent` says where and when these people agreed; `newsletters` is for rows without.

    Raises OwnFault without a consent source, NotFound for an unknown newsletter, Unreadable for no CSV.
    """
    if not consent.strip():
        raise OwnFault("an import needs a consent source: where and when did these people agree to our mail?")
    for name in newsletters:
        people.newsletter(name)
    rows = read_rows(data, known=tuple(people.catalogue.newsletters), newsletters=tuple(newsletters))
    report = ImportReport()
    while chunk := list(islice(rows, CHUNK)):
        report = _sum(report, await people.db.write(_save, people, rows=chunk, source=consent.strip()))
    return report


async def add_subscriber(
    people: People, address: str, *, newsletters: Sequence[str], consent: str, name: str = ""
) -> ImportReport:
    """One person by hand, under the same rules. Raises BadAddress, NotFound, OwnFault."""
    if not consent.strip():
        raise OwnFault("adding somebody needs a consent source: where and when did this person agree?")
    wanted = tuple(people.newsletter(one).name for one in newsletters)
    row = Row(row=1, address=read_address(address), name=name, language="", newsletters=wanted)
    return await people.db.write(_save, people, rows=[row], source=consent.strip())


def read_rows(
    data: bytes, *, known: tuple[str, ...], newsletters: tuple[str, ...] = ()
) -> Iterator[Row | BadRow]:
    """The rows of a CSV file, UTF-8 with or without BOM, separated by commas, semicolons or tabs.

    Raises Unreadable when the heading lacks a column or the file is no text.
    """
    records = read_records(_decode(data), single=("email", "newsletters"))
    first = next(records, Record(cells=()))
    if first.fault:
        raise Unreadable(f"the first line {first.fault}")
    heading = [cell.lower() for cell in first.cells]
    _check_heading(heading)
    for number, record in enumerate(records, start=2):
        found = dict(zip(heading, record.cells, strict=False))
        if record.fault:
            yield BadRow(row=number, address=found.get("email", ""), reason=record.fault)
        elif any(record.cells):
            yield _read_row(number, found, known=known, newsletters=newsletters)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line} is not UTF-8; export the file again as “CSV UTF-8”") from error


def _check_heading(heading: list[str]) -> None:
    unknown = [name for name in heading if name and name not in COLUMNS]
    if "email" not in heading or unknown:
        found = ", ".join(name for name in heading if name) or "nothing"
        raise Unreadable(
            f"the first line has {found}; it should have {', '.join(COLUMNS)}, of which email alone is needed"
        )


def _read_row(
    number: int, record: dict[str, str], *, known: tuple[str, ...], newsletters: tuple[str, ...]
) -> Row | BadRow:
    text = record.get("email", "")
    wanted = tuple(re.findall(r"[^\s,;|]+", record.get("newsletters", ""))) or newsletters
    language = record.get("language", "")
    try:
        address = read_address(text)
    except BadAddress as error:
        return BadRow(row=number, address=text, reason=str(error))
    if unknown := [name for name in wanted if name not in known]:
        reason = f"there is no newsletter {unknown[0]!r}; there are: {', '.join(sorted(known)) or 'none'}"
        return BadRow(row=number, address=text, reason=reason)
    if not wanted:
        return BadRow(row=number, address=text, reason="names no newsletter, and none was given for all rows")
    if language and not is_tag(language):
        reason = f"{language!r} is no language tag, as en, fa or pt-BR are"
        return BadRow(row=number, address=text, reason=reason)
    name = " ".join(record.get("name", "").split())
    name = "".join(letter for letter in name if letter.isprintable() or letter == "\u200c")
    return Row(
        row=number,
        address=address,
        name=name,
        language=language,
        newsletters=wanted,
        sections=record.get("sections", ""),
    )


def _save(conn: Any, people: People, *, rows: Sequence[Row | BadRow], source: str) -> ImportReport:
    good = [row for row in rows if isinstance(row, Row)]
    suppressed = find_suppressed(conn, people.keyring, [row.address.key for row in good])
    report = ImportReport()
    for row in rows:
        if isinstance(row, BadRow):
            report = _sum(report, ImportReport(bad=(row,)))
        elif row.address.key in suppressed:
            reason = f"is suppressed ({suppressed[row.address.key]}) and is never written to"
            refused = BadRow(row=row.row, address=row.address.written, reason=reason)
            report = _sum(report, ImportReport(bad=(refused,)))
        else:
            report = _sum(report, _save_row(conn, people, row=row, source=source))
    return report


def _save_row(conn: Any, people: People, *, row: Row, source: str) -> ImportReport:
    now = people.now()
    try:
        choices = read_choices(row.sections, [people.newsletter(name) for name in row.newsletters])
    except OwnFault as error:
        return ImportReport(bad=(BadRow(row=row.row, address=row.address.written, reason=str(error)),))
    subscriber_id = subscribers.save_subscriber(
        conn,
        row.address.key,
        address=row.address.written,
        name=row.name,
        language=row.language or people.newsletter(row.newsletters[0]).language,
        now=now,
    )
    subscribers.set_details(conn, subscriber_id, name=row.name, language=row.language)
    report = ImportReport()
    for name in row.newsletters:
        there = subscriptions.find_subscription(conn, subscriber_id, name)
        if there is None or there.state is SubscriptionState.PENDING:
            consent = Consent(at=now, source=source, wording="")
            subscriptions.activate(conn, subscriber_id, name, consent=consent)
            if name in choices:
                subscriptions.set_sections(conn, subscriber_id, name, sections=choices[name])
            report = _sum(report, ImportReport(imported=1))
        elif there.state is SubscriptionState.ENDED:
            report = _sum(report, ImportReport(kept_ended=1))
        else:
            report = _sum(report, ImportReport(unchanged=1))
    return report


def _sum(one: ImportReport, other: ImportReport) -> ImportReport:
    return ImportReport(
        imported=one.imported + other.imported,
        unchanged=one.unchanged + other.unchanged,
        kept_ended=one.kept_ended + other.kept_ended,
        bad=one.bad + other.bad,
    )
