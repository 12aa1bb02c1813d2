"""An item as a contract lets it out: within its source's rights, its notice moved but never dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, FeedView, Format, Tombstone
from syndicate.model.item import Item
from syndicate.model.partner import Canonical, NoticePlace, Partner
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.partner.profiles import PROFILES, Terms
from syndicate.publish.notice import notice_html
from syndicate.publish.views import entry_view, expired_view, feed_view

# The more of an item goes out, the further right.
AMOUNTS = (Publish.LINK, Publish.TEASER, Publish.FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A partner's contract on one feed. `seen` is the catalogue with every source's rights lowered to it."""

    partner: Partner
    feed: Feed
    catalogue: Catalogue
    seen: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        sources: Mapping[str, Source] = {
            name: replace(source, rights=self.lowered(source.rights))
            for name, source in self.catalogue.sources.items()
        }
        object.__setattr__(self, "seen", replace(self.catalogue, sources=sources))

    @property
    def terms(self) -> Terms:
        """What the partner's profile asks for."""
        return PROFILES[self.partner.profile]

    @property
    def take(self) -> int:
        """The most entries of a document, expired ones apart."""
        return min(self.partner.take or self.feed.selection.take, self.terms.take or 1_000_000)

    @property
    def max_bytes(self) -> int:
        """The largest document, in bytes."""
        stated = self.partner.max_bytes or self.feed.max_bytes
        return min(stated, self.terms.max_bytes or stated)

    def lowered(self, rights: Rights) -> Rights:
        """A source's rights under the contract; holder and licence stand only where the source names none."""
        return replace(
            rights,
            publish=least(rights.publish, self.partner.publish),
            holder=rights.holder or self.partner.rights_holder,
            licence=rights.licence or self.partner.licence,
        )


def least(one: Publish, other: Publish) -> Publish:
    """The one that lets out less."""
    return min(one, other, key=AMOUNTS.index)


def allowed_of(item: Item, contract: Contract) -> Publish:
    """The most of an item that its source's rights and the contract let out."""
    source = contract.seen.sources.get(item.provenance.source)
    return (source.rights if source else contract.lowered(Rights())).publish


def contract_view(item: Item, contract: Contract) -> EntryView:
    """The item as the contract lets it out, whether or not it may go."""
    source = contract.catalogue.sources.get(item.provenance.source)
    entry = entry_view(item, contract.seen) if source else _of_nowhere(item, contract)
    ours = source is not None and source.rights.publish is Publish.FULL
    if ours and contract.partner.canonical is Canonical.OURS:
        entry = replace(entry, url=entry.page_url)
    if contract.partner.notice is NoticePlace.FIRST:
        entry = _noticed_first(entry)
    return contract.terms.shape(entry)


def expired_entry(item: Item, contract: Contract, *, at: datetime) -> EntryView:
    """What is left of an item withdrawn `at` then, for a partner whose contract keeps such entries."""
    entry = contract_view(item, contract)
    expired = expired_view(entry, at=at, note=item.withdrawn_note)
    if entry.notice is not None:
        # N8: whatever is said of an archived item carries the notice.
        said = notice_html(entry.notice)
        expired = replace(expired, notice=entry.notice, summary=entry.notice.text, content_html=said)
    return contract.terms.expire(expired)


def contract_feed_view(
    contract: Contract,
    entries: tuple[EntryView, ...],
    *,
    feed_id: str,
    tombstones: tuple[Tombstone, ...] = (),
) -> FeedView:
    """The partner's document, under addresses of its own, which hold no token."""
    partner, feed = contract.partner, contract.feed
    view = feed_view(feed, entries, catalogue=contract.catalogue, feed_id=feed_id)
    # RFC 4287, section 4.2.6: another feed has another id, and keeps it.
    own_id = uuid5(UUID(feed_id), partner.name)
    view = replace(
        view,
        id=f"urn:uuid:{own_id}",
        urls=contract_urls(contract),
        tombstones=tombstones,
    )
    return contract.terms.frame(view)


def contract_urls(contract: Contract) -> dict[Format, str]:
    """Where the partner's document is served in each format of its contract."""
    base_url = contract.catalogue.site.base_url
    partner, feed = contract.partner, contract.feed.name
    return {
        form: links.absolute(base_url, links.partner_path(partner.name, feed, form)) for form in partner.forms
    }


def _of_nowhere(item: Item, contract: Contract) -> EntryView:
    """An item whose source is configured no more: nothing is known of it but the rights by default."""
    name = item.provenance.source
    stand_in = Source(name=name, kind=SourceKind.PAGE, rights=contract.lowered(Rights()))
    sources = {**contract.seen.sources, name: stand_in}
    return replace(entry_view(item, replace(contract.seen, sources=sources)), source_title="")


def _noticed_first(entry: EntryView) -> EntryView:
    if entry.notice is None:
        return entry
    notice = notice_html(entry.notice)
    if not entry.content_html.endswith(notice):
        return entry
    return replace(entry, content_html=notice + entry.content_html.removesuffix(notice))
