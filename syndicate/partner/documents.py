"""A partner's documents in memory: every format of its contract, within its size, checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.lint import Severity, check
from syndicate.model.feed import EntryView, FeedView, Format
from syndicate.partner.choosing import UNREADABLE, Chosen, unwritable
from syndicate.partner.contracts import Released, Withheld
from syndicate.partner.rules import Reason
from syndicate.partner.terms import Contract, contract_feed_view, contract_urls

WRITE_ENTRY: dict[Format, Callable[[EntryView], bytes]] = {
    Format.RSS: rss.write_entry,
    Format.ATOM: atom.write_entry,
    Format.JSON: jsonfeed.write_entry,
    Format.NINJS: ninjs.write_entry,
}
JOIN: dict[Format, Callable[[FeedView, Sequence[bytes]], bytes]] = {
    Format.RSS: rss.join,
    Format.ATOM: atom.join,
    Format.JSON: jsonfeed.join,
    Format.NINJS: ninjs.join,
}
# What joins an entry to the one before it.
JOINT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A released or expired entry in every format of the contract."""

    released: Released
    pieces: dict[Format, bytes]

    @property
    def fingerprint(self) -> str:
        """What it looks like, as a SHA-256 in hex: another one means that the partner sees a change."""
        digest = sha256()
        for form, piece in sorted(self.pieces.items()):
            digest.update(form.encode() + b"\0" + piece + b"\0")
        return digest.hexdigest()

    @property
    def expired(self) -> bool:
        """Whether it only tells that the item was withdrawn."""
        return self.released.view.expired is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """A partner's feed by format, and what is in it.

    `crowded` are those that found no room, `withheld` were released by the contract and cannot be written,
    and `faults` are rules that a document breaks as a whole.
    """

    by_form: dict[Format, bytes]
    written: tuple[Written, ...]
    crowded: tuple[Withheld, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    faults: tuple[str, ...] = ()


def render(contract: Contract, chosen: Chosen, *, feed_id: str) -> Documents:
    """Write what was chosen. Expired entries come first: there must be room for a takedown."""
    forms = contract.partner.forms
    tried = [_written(one, forms) for one in (*chosen.withdrawn, *chosen.released)]
    good = [one for one in tried if isinstance(one, Written)]
    bad = [one for one in tried if isinstance(one, Withheld)]
    documents = _joined(contract, chosen, good, feed_id=feed_id)
    faults = _faults(contract, documents)
    if faults:
        sound = [one for one in good if not _broken(contract, chosen, one, feed_id=feed_id)]
        bad += [unwritable(one.released.item, faults[0]) for one in good if one not in sound]
        good, documents = sound, _joined(contract, chosen, sound, feed_id=feed_id)
        faults = _faults(contract, documents)
    fitting = _fitting(contract, good, documents)
    if len(fitting) < len(good):
        documents = _joined(contract, chosen, fitting, feed_id=feed_id)
        faults = _faults(contract, documents)
    return Documents(
        by_form=documents,
        written=tuple(fitting),
        crowded=tuple(_crowded(one.released, contract) for one in good if one not in fitting),
        withheld=tuple(bad),
        faults=faults,
    )


def _written(one: Released, forms: Sequence[Format]) -> Written | Withheld:
    try:
        return Written(released=one, pieces={form: WRITE_ENTRY[form](one.view) for form in forms})
    except UNREADABLE as error:
        return unwritable(one.item, f"{type(error).__name__}: {error}")


def _crowded(one: Released, contract: Contract) -> Withheld:
    reason = Reason(
        rule="room",
        why=f"the document has no room for it: it may have {contract.max_bytes} bytes",
        remedy=f"raise max_bytes of [partners.{contract.partner.name}], as far as its profile lets you",
        spec="contract: max_bytes",
    )
    return Withheld(item=one.item, title=one.view.title, reasons=(reason,))


def _joined(
    contract: Contract, chosen: Chosen, written: Sequence[Written], *, feed_id: str
) -> dict[Format, bytes]:
    entries = tuple(one.released.view for one in written)
    view = contract_feed_view(contract, entries, feed_id=feed_id, tombstones=chosen.tombstones)
    return {form: JOIN[form](view, [one.pieces[form] for one in written]) for form in contract.partner.forms}


def _broken(contract: Contract, chosen: Chosen, one: Written, *, feed_id: str) -> bool:
    return bool(_faults(contract, _joined(contract, chosen, [one], feed_id=feed_id)))


def _faults(contract: Contract, documents: dict[Format, bytes]) -> tuple[str, ...]:
    urls = contract_urls(contract)
    return tuple(
        f"{contract.feed.name}.{form}: {finding.rule}: {finding.message} ({finding.spec})"
        for form, data in documents.items()
        for finding in check(data, form, url=urls[form])
        if finding.severity is Severity.ERROR
    )


def _fitting(contract: Contract, written: Sequence[Written], documents: dict[Format, bytes]) -> list[Written]:
    """The first that stay within the largest size in every format; one too large by itself is skipped."""
    if all(len(data) <= contract.max_bytes for data in documents.values()):
        return list(written)
    frame = {
        form: len(data) - sum(len(one.pieces[form]) + JOINT for one in written)
        for form, data in documents.items()
    }
    room = {form: contract.max_bytes - max(size, 0) for form, size in frame.items()}
    left = dict(room)
    kept: list[Written] = []
    for one in written:
        size = {form: len(piece) + JOINT for form, piece in one.pieces.items()}
        if any(size[form] > room[form] for form in room):
            continue
        left = {form: left[form] - size[form] for form in left}
        if min(left.values()) < 0:
            break
        kept.append(one)
    return kept
