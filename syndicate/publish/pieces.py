"""Entries rendered: each once per format and revision, not once per feed; kept as long as there is room."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.entry import is_url
from syndicate.formats.lint import Severity, check_entry
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Format
from syndicate.model.item import Item
from syndicate.publish import twin
from syndicate.publish.notice import notice_warnings
from syndicate.publish.views import NEVER, entry_view, replay_view
from syndicate.templating import Templates

WRITERS: Mapping[Format, Callable[[EntryView], bytes]] = {
    Format.RSS: rss.write_entry,
    Format.ATOM: atom.write_entry,
    Format.JSON: jsonfeed.write_entry,
    Format.NINJS: ninjs.write_entry,
}
# What a value that no writer can say makes them raise; anything else is a bug of ours and should be seen.
UNWRITABLE = (ValueError, TypeError, OverflowError)
# Of a kept piece beside its bytes.
OVERHEAD = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An entry in every format, and what its document says of it; or why it has none, its `fault`.

    `largest` is the length of its longest form.
    """

    entry_id: str
    item_id: str
    forms: Mapping[Format, bytes] = field(default_factory=dict)
    updated: datetime = NEVER
    licence: str = ""
    largest: int = 0
    fault: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes it takes in memory."""
        return OVERHEAD + sum(map(len, self.forms.values()))


class Pieces:
    """Pieces by what they depend on, the last used ones, at most `limit` bytes of them; for all threads."""

    def __init__(self, limit: int = 32_000_000) -> None:
        self._limit, self._size = limit, 0
        self._kept: OrderedDict[Hashable, Piece] = OrderedDict()
        self._lock = Lock()

    def find(self, keys: Iterable[Hashable]) -> list[Piece | None]:
        """The pieces, None for each that has to be rendered."""
        with self._lock:
            found = []
            for key in keys:
                piece = self._kept.get(key)
                if piece is not None:
                    self._kept.move_to_end(key)
                found.append(piece)
            return found

    def keep(self, key: Hashable, piece: Piece) -> None:
        """Remember a piece, and forget those longest unused where room is short."""
        with self._lock:
            former = self._kept.pop(key, None)
            self._kept[key] = piece
            self._size += piece.size - (former.size if former else 0)
            while self._size > self._limit and self._kept:
                self._size -= self._kept.popitem(last=False)[1].size

    def forget(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._size = 0


def render_piece(
    item: Item,
    *,
    entry_id: str,
    replayed: datetime | None,
    catalogue: Catalogue,
    templates: Templates,
) -> Piece:
    """Render an item, or one replay of it, as an entry. Raises TemplateFault."""
    empty = Piece(entry_id=entry_id, item_id=item.id)
    try:
        view = entry_view(item, catalogue)
        if replayed is not None:
            view = replay_view(view, entry_id=f"urn:uuid:{entry_id}", replayed=replayed)
        if fault := fault_of(view):
            return replace(empty, fault=fault)
        forms = {form: write(view) for form, write in WRITERS.items()}
        forms[Format.HTML] = twin.write_entry(view, templates=templates)
    except UNWRITABLE as error:
        return replace(empty, fault=f"{type(error).__name__}: {error}")
    if fault := _broken_rules(forms):
        return replace(empty, fault=fault)
    return replace(
        empty,
        forms=forms,
        largest=max(map(len, forms.values())),
        updated=view.updated,
        licence=view.licence,
        warnings=notice_warnings(item, catalogue),
    )


def fault_of(entry: EntryView) -> str:
    """Why an entry cannot be published; empty when it can."""
    if not is_url(entry.url):
        return f"its URL {entry.url[:200]!r} is not http or https"
    if not entry.title.strip():
        return "it has neither a headline nor a text"
    return ""


def _broken_rules(forms: Mapping[Format, bytes]) -> str:
    found = (
        f"{form}: {finding.rule}: {finding.message} ({finding.spec})"
        for form, data in forms.items()
        for finding in check_entry(data, form)
        if finding.severity is Severity.ERROR
    )
    return next(found, "")
