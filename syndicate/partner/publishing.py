"""Publishing a partner's feed: choose by the contract, render, check, put files in place, record it all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import structlog

from syndicate.model.feed import Format
from syndicate.model.job import Enqueue
from syndicate.partner.choosing import Chosen, choose
from syndicate.partner.documents import Documents, Written, render
from syndicate.partner.partnering import Partnering, find_contract
from syndicate.partner.terms import Contract
from syndicate.publish.files import publish_files
from syndicate.publish.follow_ups import distribute_job
from syndicate.publish.guard import loss
from syndicate.store import feeds, partner_feeds
from syndicate.store.connection import Connection
from syndicate.store.partner_feeds import Given, PartnerFeed
from syndicate.store.partner_receipts import Document, Holding, find_document, save_contents, save_document

log = structlog.get_logger()

# RSS and JSON Feed drop what was withdrawn, unless the contract keeps it as an expired entry.
TELLS_GRAVES = {Format.ATOM, Format.NINJS}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerReport:
    """What became of one feed of one partner. `held` tells why the former files stay.

    `withheld` counts the entries that the contract kept out, `expired` those that tell of a withdrawal,
    `left_out` those that found no room.
    """

    partner: str
    feed: str
    entries: int
    expired: int = 0
    withheld: int = 0
    left_out: int = 0
    written: tuple[str, ...] = ()
    held: str = ""
    warnings: tuple[str, ...] = ()


async def publish_partner(
    partnering: Partnering, partner: str, feed: str, *, accept: bool = False
) -> PartnerReport:
    """Publish one feed for one partner in all formats of its contract; equal bytes are not rewritten.

    Holds it, so that the last good files stay, when a document breaks a rule, or when half of the entries
    are gone without a word of the contract or the operator (unless they `accept` that). The guard never
    holds back what must go. Raises NotFound, StorageFull.
    """
    found, its_feed = find_contract(partnering.catalogue, partner, feed)
    contract = Contract(partner=found, feed=its_feed, catalogue=partnering.catalogue)
    # Two at a time could end in the wrong order, and bring back what had to go.
    async with partnering.turns.take(partnering.partners_dir, f"{partner}.{feed}"):
        report = await _publish(partnering, contract, accept=accept)
    _tell(report)
    return report


async def _publish(partnering: Partnering, contract: Contract, *, accept: bool) -> PartnerReport:
    partner, feed = contract.partner.name, contract.feed.name
    now, feed_id = partnering.now(), await find_feed_id(partnering, feed)
    chosen = await partnering.db.read(choose, contract, now=now)
    shown = await partnering.db.read(partner_feeds.list_shown, partner, feed)
    documents = await asyncio.to_thread(render, contract, chosen, feed_id=feed_id)
    held = hold_reason(contract, chosen, documents, shown=shown, accept=accept)
    written: tuple[str, ...] = ()
    if held:
        await partnering.db.write(partner_feeds.save_held, partner, feed, reason=held)
    else:
        files = {f"{feed}.{form}": data for form, data in documents.by_form.items()}
        folder = partnering.partners_dir / partner
        record = Record(contract=contract, chosen=chosen, documents=documents, now=now)
        # Before anybody can fetch them: also of a process that is killed between the files and their record
        # it is known what went out, and whom a withdrawal has to reach.
        await partnering.db.write(_foretell, record)
        written = await asyncio.to_thread(publish_files, folder, files, private=True)
        await partnering.db.write(_record, record, partnering.enqueue)
    return _report(contract, chosen, documents, written=written, held=held)


async def find_feed_id(partnering: Partnering, feed: str) -> str:
    """The feed's UUID; one that was never published gets it now."""
    found = await partnering.db.read(feeds.find_feed, feed)
    if found is None:
        found = await partnering.db.write(feeds.make_known, feed, mint=partnering.mint)
    return found.id


def hold_reason(
    contract: Contract, chosen: Chosen, documents: Documents, *, shown: Mapping[str, Given], accept: bool
) -> str:
    """Why the rendering must not replace the last good one (requirement F10); empty when it may.

    An entry that the contract withholds, that was withdrawn or that newer ones pushed out has its reason.
    """
    if documents.faults:
        return "; ".join(documents.faults[:3])
    standing = {one.released.item.id for one in documents.written}
    told = standing | chosen.decided | {item.id for item in chosen.gone}
    must_go = not shown.keys().isdisjoint(told - standing)
    full = len(chosen.released) >= contract.take or bool(documents.crowded)
    found = loss(dict.fromkeys(shown, ""), told)
    if accept or full or must_go or not found.halves:
        return ""
    names = f"{contract.partner.name} {contract.feed.name}"
    return (
        f"{len(found.gone)} of {found.shown} entries are gone, and the contract says nothing of them; the "
        f"files stay as they are until you say otherwise: see what would go with: syndicate partner preview "
        f"{names}; let it go with: syndicate partner publish {names} --accept"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is remembered of a publication."""

    contract: Contract
    chosen: Chosen
    documents: Documents
    now: datetime

    @property
    def given(self) -> list[Given]:
        """What the partner has of each entry from now on."""
        return [given_of(one, self.now) for one in self.documents.written]

    def news(self, conn: Connection) -> list[tuple[Document, list[Holding]]]:
        """The documents that are other than those at their addresses, and what each says of its items."""
        partner, feed = self.contract.partner.name, self.contract.feed.name
        found = []
        for form, data in self.documents.by_form.items():
            content, known = sha256(data).hexdigest(), find_document(conn, partner, feed, form)
            if known is None or known.content != content:
                document = Document(partner=partner, feed=feed, form=form, content=content, made=self.now)
                found.append((document, _holdings(self.chosen, self.documents, form)))
        return found


def _foretell(conn: Connection, record: Record) -> None:
    """Remember what the files that come will give the partner."""
    partner_feeds.save_offered(
        conn, record.contract.partner.name, record.contract.feed.name, given=record.given
    )
    for document, holdings in record.news(conn):
        save_contents(conn, document, holdings)


def _record(conn: Connection, record: Record, enqueue: Enqueue) -> None:
    """Remember the publication and what is at each address now, and let the hub tell of it."""
    contract, documents = record.contract, record.documents
    partner, feed = contract.partner.name, contract.feed.name
    living = sum(not one.expired for one in documents.written)
    state = PartnerFeed(
        partner=partner, feed=feed, published=record.now, entries=living, due=record.chosen.due
    )
    partner_feeds.save_published(conn, state)
    partner_feeds.save_given(conn, partner, feed, given=record.given)
    news = record.news(conn)
    for document, holdings in news:
        save_document(conn, document, holdings)
    if news and contract.catalogue.hub.is_own:
        enqueue(conn, distribute_job(feed))


def given_of(one: Written, now: datetime) -> Given:
    """What the partner has of an entry that stands in its document."""
    return Given(
        item_id=one.released.item.id,
        revision=one.released.item.revision,
        fingerprint=one.fingerprint,
        released=now,
        shown=True,
        withdrawn=one.expired,
    )


def _holdings(chosen: Chosen, documents: Documents, form: Format) -> list[Holding]:
    """What the document of that format says of each item; only some formats know tombstones."""
    graves = chosen.buried if form in TELLS_GRAVES else ()
    told = [(one.released.item, one.expired) for one in documents.written] + [(one, True) for one in graves]
    return [Holding(item_id=item.id, revision=item.revision, withdrawn=withdrawn) for item, withdrawn in told]


def _report(
    contract: Contract, chosen: Chosen, documents: Documents, *, written: tuple[str, ...], held: str
) -> PartnerReport:
    living, least = sum(not one.expired for one in documents.written), contract.terms.least
    few = f"{contract.terms.title} wants at least {least} entries; there are {living}"
    return PartnerReport(
        partner=contract.partner.name,
        feed=contract.feed.name,
        entries=living,
        expired=len(documents.written) - living,
        withheld=len(chosen.withheld) + len(documents.withheld),
        left_out=len(documents.crowded),
        written=written,
        held=held,
        warnings=(few,) if living < least else (),
    )


def _tell(report: PartnerReport) -> None:
    said = {"partner": report.partner, "feed": report.feed}
    if report.held:
        log.warning("partner.held", **said, reason=report.held)
    else:
        log.info("partner.published", **said, entries=report.entries, withheld=report.withheld)
