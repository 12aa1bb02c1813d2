"""A document of a feed in memory: every format of it, checked, around pieces rendered before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.framing import kept
from syndicate.formats.lint import Severity, check_frame
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Archive, Feed, FeedView, Format, Tombstone
from syndicate.model.item import Item
from syndicate.publish import twin
from syndicate.publish.closing import Sizes
from syndicate.publish.pieces import Piece, render_piece
from syndicate.publish.views import NEVER, document_urls, feed_view
from syndicate.templating import Templates

Join = Callable[[FeedView, Sequence[bytes]], bytes]
JOINS: Mapping[Format, Join] = {
    Format.RSS: rss.join,
    Format.ATOM: atom.join,
    Format.JSON: jsonfeed.join,
    Format.NINJS: ninjs.join,
}
FORMS = (*JOINS, Format.HTML)
# What joins an entry to the one before it.
JOINT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An item that stayed out of a feed because it cannot be published, and why."""

    item_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A document's place among those of its feed: `number`, 0 for the subscription document, and the archive
    document before it, 0 for none.
    """

    number: int = 0
    older: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A document's files by their names in `feeds/`; what it shows and what had to stay out.

    `faults` are the rules that it breaks as a whole.
    """

    files: Mapping[str, bytes]
    shown: tuple[Piece, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What rendering a feed takes besides its entries; `feed_id` is the UUID that the feed once got."""

    feed: Feed
    feed_id: str
    catalogue: Catalogue
    templates: Templates


def render_document(
    press: Press, pieces: Iterable[Piece], *, place: Place = Place(), tombstones: Sequence[Tombstone] = ()
) -> Rendering:
    """Render a document of these entries, in their order. Raises TemplateFault."""
    every = list(pieces)
    bad = tuple(Quarantined(item_id=one.item_id, reason=one.fault) for one in every if one.fault)
    shown = tuple(one for one in every if not one.fault)
    view = document_view(press, shown, place=place, tombstones=tombstones)
    faults = _frame_faults(view) if not view.tombstones else _faults(view)
    if faults:
        return Rendering(files={}, quarantined=bad, faults=faults)
    files = {
        file_name(press.feed.name, place.number, form): join(
            press, view, form, [one.forms[form] for one in shown]
        )
        for form in FORMS
    }
    return Rendering(files=files, shown=shown, quarantined=bad)


def render_feed(
    feed: Feed, items: Iterable[Item], *, catalogue: Catalogue, templates: Templates, feed_id: str
) -> Rendering:
    """Render the one document of these items, in their order. Raises TemplateFault."""
    press = Press(feed=feed, feed_id=feed_id, catalogue=catalogue, templates=templates)
    pieces = [
        render_piece(item, entry_id=item.id, replayed=None, catalogue=catalogue, templates=templates)
        for item in items
    ]
    return render_document(press, pieces)


def document_view(
    press: Press, shown: Sequence[Piece], *, place: Place, tombstones: Sequence[Tombstone] = ()
) -> FeedView:
    """A document ready to be joined. It names the one before it and the subscription document, and none after
    it, so that its bytes are the same for ever.
    """
    feed, catalogue = press.feed, press.catalogue
    view = feed_view(feed, (), catalogue=catalogue, feed_id=press.feed_id, document=place.number)
    older = document_urls(feed.name, place.older, catalogue=catalogue) if place.older else {}
    licences = {one.licence for one in shown}
    return replace(
        view,
        updated=max((one.updated for one in shown), default=NEVER),
        licence=licences.pop() if len(licences) == 1 else "",
        tombstones=tuple(tombstones),
        archive=Archive(number=place.number, current=view.archive.current, older=older),
        complete=feed.frozen and not place.number and not place.older,
        frozen=feed.frozen,
    )


def join(press: Press, view: FeedView, form: Format, entries: Sequence[bytes]) -> bytes:
    """One format of a document. Raises TemplateFault."""
    if form is Format.HTML:
        return twin.join(view, entries, catalogue=press.catalogue, templates=press.templates)
    return JOINS[form](view, entries)


def frame_sizes(press: Press, view: FeedView) -> Sizes:
    """How many bytes each format takes without its entries, in the order of FORMS."""
    return tuple(len(join(press, view, form, ())) for form in FORMS)


def sizes_of(piece: Piece) -> Sizes:
    """How many bytes an entry adds to each format; nothing if it cannot be published."""
    return tuple(len(piece.forms[form]) + JOINT for form in FORMS) if not piece.fault else ()


def file_name(name: str, number: int, form: Format) -> str:
    """A document's file below `feeds/`."""
    return f"{name}/{number}.{form}" if number else f"{name}.{form}"


def _faults(view: FeedView) -> tuple[str, ...]:
    """The rules that a document breaks apart from its entries, which were checked when they were rendered."""
    return tuple(
        f"{view.name}.{form}: {finding.rule}: {finding.message} ({finding.spec})"
        for form, joined in JOINS.items()
        for finding in check_frame(joined(view, ()), form, url=view.urls[form])
        if finding.severity is Severity.ERROR
    )


# A frame changes seldom, and looking at it takes longer than joining a document.
_frame_faults = kept(_faults)
