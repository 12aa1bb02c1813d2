"""A document of a feed in memory: every format of it, checked, around pieces rendered before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.lint import Severity, check_frame
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, FeedView, Format, Tombstone
from syndicate.model.item import Item
from syndicate.publish import twin
from syndicate.publish.closing import Sizes
from syndicate.publish.pieces import Piece, render_piece
from syndicate.publish.recent import Recent
from syndicate.publish.views import NEVER, feed_view
from syndicate.templating import Templates

Join = Callable[[FeedView, Sequence[bytes]], bytes]
JOINS: Mapping[Format, Join] = {
    Format.RSS: rss.join,
    Format.ATOM: atom.join,
    Format.JSON: jsonfeed.join,
    Format.NINJS: ninjs.join,
}
FORMS = (*JOINS, Format.HTML)
# Stands for the entries of a page while its frame is made; no text of ours or of others holds it.
MARK = b"\x00entries\x00"
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
class Frame:
    """What stands around a document's entries: its view without them, the page's halves, and the sizes of
    every format in the order of FORMS. `faults` are the rules that it breaks.
    """

    view: FeedView
    before: bytes
    after: bytes
    sizes: Sizes
    faults: tuple[str, ...]


# By what they depend on: documents change in their entries mostly.
new_frames = partial(Recent[Frame], 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What rendering a feed takes besides its entries; `feed_id` is the UUID that the feed once got,
    `rendered` the fingerprint of all this.
    """

    feed: Feed
    feed_id: str
    catalogue: Catalogue
    templates: Templates
    rendered: str = ""
    frames: Recent[Frame] = field(default_factory=new_frames)


def render_document(
    press: Press, pieces: Iterable[Piece], *, place: Place = Place(), tombstones: Sequence[Tombstone] = ()
) -> Rendering:
    """Render a document of these entries, in their order. Raises TemplateFault."""
    every = list(pieces)
    shown = [one for one in every if not one.fault]
    bad = [Quarantined(item_id=one.item_id, reason=one.fault) for one in every if one.fault]
    licences = {one.licence for one in shown}
    licence = licences.pop() if len(licences) == 1 else ""
    frame = frame_of(press, place, licence=licence, tombstones=tombstones)
    if frame.faults:
        return Rendering(files={}, quarantined=tuple(bad), faults=frame.faults)
    view = replace(frame.view, updated=max((one.updated for one in shown), default=NEVER))
    files = {}
    for form in FORMS:
        forms = [one.forms[form] for one in shown]
        if form in JOINS:
            data = JOINS[form](view, forms)
        elif forms:
            data = b"".join((frame.before, *forms, frame.after))
        else:
            data = twin.join(view, forms, catalogue=press.catalogue, templates=press.templates)
        files[file_name(press.feed.name, place.number, form)] = data
    return Rendering(files=files, shown=tuple(shown), quarantined=tuple(bad))


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


def frame_of(press: Press, place: Place, *, licence: str = "", tombstones: Sequence[Tombstone] = ()) -> Frame:
    """What stands around the entries of that document. Raises TemplateFault."""
    key = press.rendered, press.feed.name, press.feed_id, place, licence, tuple(tombstones)
    return press.frames.find(key, lambda: _frame(press, place, licence, tombstones))


def _frame(press: Press, place: Place, licence: str, tombstones: Sequence[Tombstone]) -> Frame:
    feed, catalogue = press.feed, press.catalogue
    view = feed_view(
        feed,
        (),
        catalogue=catalogue,
        feed_id=press.feed_id,
        document=place.number,
        older=place.older,
    )
    view = replace(
        view,
        licence=licence,
        tombstones=tuple(tombstones),
        complete=feed.frozen and not place.number and not place.older,
        frozen=feed.frozen,
    )
    page = twin.join(view, [MARK], catalogue=catalogue, templates=press.templates)
    before, _, after = page.partition(MARK)
    sizes = (*(len(join(view, ())) for join in JOINS.values()), len(page))
    return Frame(view=view, before=before, after=after, sizes=sizes, faults=_faults(view))


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
