"""The files of contracts, feeds and formats that are configured no more: they are taken away."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import structlog

from syndicate.errors import StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.partner.partnering import Partnering
from syndicate.partner.signing import Address, read_address
from syndicate.publish.files import remove_files
from syndicate.store import partner_feeds, partner_receipts
from syndicate.store.connection import Connection

log = structlog.get_logger()

SIBLING = re.compile(r"\.(gz|br)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Documents of a feed that a partner gets no more, and something is left of; `whole` if it gets none."""

    partner: str
    feed: str
    addresses: tuple[Address, ...]
    whole: bool


async def clear_ended(partnering: Partnering) -> list[Ended]:
    """Take away the documents that no contract has any more; receipts, log and tokens stay.

    For whoever begins with a new configuration. Raises StorageFull.
    """
    recorded = await partnering.db.read(partner_receipts.list_documents)
    known = {read_address(one.partner, f"{one.feed}.{one.form}") for one in recorded}
    lying = await asyncio.to_thread(_lying, partnering.partners_dir)
    found = ended_of(partnering.catalogue, known | lying)
    for one in found:
        async with partnering.turns.take(partnering.partners_dir, f"{one.partner}.{one.feed}"):
            await asyncio.to_thread(_remove, partnering.partners_dir / one.partner, one)
            await partnering.db.write(_forget, one)
        forms = [str(address.form) for address in one.addresses]
        log.info("partner.cleared", partner=one.partner, feed=one.feed, formats=forms)
    return found


def ended_of(catalogue: Catalogue, addresses: set[Address]) -> list[Ended]:
    """Those of the addresses that no contract has, by partner and feed; pure."""
    found: dict[tuple[str, str], list[Address]] = {}
    for one in sorted(addresses, key=lambda address: address.path):
        contract = catalogue.partners.get(one.partner)
        if contract is None or one.feed not in contract.feeds or one.form not in contract.forms:
            found.setdefault((one.partner, one.feed), []).append(one)
    return [
        Ended(partner=partner, feed=feed, addresses=tuple(gone), whole=not _gets(catalogue, partner, feed))
        for (partner, feed), gone in found.items()
    ]


def _gets(catalogue: Catalogue, partner: str, feed: str) -> bool:
    contract = catalogue.partners.get(partner)
    return contract is not None and feed in contract.feeds


def _lying(folder: Path) -> set[Address]:
    """What the files in the folder are documents of; files of other names are nobody's."""
    found = set()
    for path in folder.glob("*/*.*") if folder.is_dir() else ():
        address = read_address(path.parent.name, SIBLING.sub("", path.name))
        if address.form is not None and address.feed:
            found.add(address)
    return found


def _remove(folder: Path, ended: Ended) -> None:
    remove_files(folder, [f"{one.feed}.{one.form}" for one in ended.addresses])
    try:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise StorageFull(f"{folder}: {error.strerror}; give write access, or remove it") from error


def _forget(conn: Connection, ended: Ended) -> None:
    for one in ended.addresses:
        partner_receipts.delete_document(conn, one.partner, one.feed, str(one.form))
    if ended.whole:
        partner_feeds.save_given(conn, ended.partner, ended.feed, given=())
