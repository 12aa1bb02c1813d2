"""What differs between two contents, word by word inside paragraphs. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from syndicate.model.item import Content, Image

# A word with the marks that join or direct it, white space, or one sign alone.
_TOKEN = re.compile(r"[\w\u200c\u200d\u200e\u200f']+|\s+|.", re.DOTALL)
# Paragraphs that share less are another text, not a changed one.
_ALIKE = 0.4
# Above so many tokens a paragraph is compared as a whole, and above so many pairs paragraphs are not paired:
# both comparisons are quadratic.
_LONGEST = 2_000
_PAIRS = 20_000


class Op(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words and what became of them."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs. `before` and `after` are its values as text, empty for none.

    For `text`, `paragraphs` are those that differ, each as pieces in reading order.
    """

    field: str
    before: str = ""
    after: str = ""
    paragraphs: tuple[tuple[Piece, ...], ...] = ()


def compare(old: Content, new: Content) -> tuple[Change, ...]:
    """The fields that differ, what readers see first. HTML counts only where the text is the same."""
    changes = [
        Change(field=name, before=before, after=after)
        for name, (before, after) in _values(old, new).items()
        if before != after
    ]
    if old.body_text != new.body_text:
        text = Change(field="text", paragraphs=compare_texts(old.body_text, new.body_text))
        changes.insert(sum(change.field == "headline" for change in changes), text)
    elif old.body_html != new.body_html:
        changes.append(Change(field="markup"))
    return tuple(changes)


def compare_texts(old: str, new: str) -> tuple[tuple[Piece, ...], ...]:
    """The paragraphs that differ, as pieces."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[tuple[Piece, ...]] = []
    for op, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op != "equal":
            found += _replaced(before[a:b], after[c:d])
    return tuple(found)


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """One text as pieces, word by word."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > _LONGEST:
        return _whole(old, new)
    pieces: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(Piece(op=Op.SAME, text="".join(before[a:b])))
            continue
        pieces += _whole("".join(before[a:b]), "".join(after[c:d]))
    return tuple(_joined(pieces))


def _values(old: Content, new: Content) -> dict[str, tuple[str, str]]:
    return {
        "headline": (old.headline, new.headline),
        "authors": (", ".join(old.authors), ", ".join(new.authors)),
        "credit": (old.credit, new.credit),
        "published": (_text(old.published), _text(new.published)),
        "updated": (_text(old.updated), _text(new.updated)),
        "section": (old.section, new.section),
        "language": (old.language, new.language),
        "direction": (old.direction, new.direction),
        "address": (old.url, new.url),
        "summary": (old.summary, new.summary),
        "image": (_image(old.image), _image(new.image)),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _image(image: Image | None) -> str:
    if image is None:
        return ""
    return f"{image.url} ({image.alt})" if image.alt else image.url


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Piece, ...]]:
    """Paragraphs in the place of others: each beside its like, the rest removed or added."""
    rest = list(after)
    pairing = len(before) * len(after) <= _PAIRS
    for paragraph in before:
        likes = (at for at, other in enumerate(rest) if pairing and _alike(paragraph, other))
        at = next(likes, None)
        if at is None:
            yield (Piece(op=Op.REMOVED, text=paragraph),)
            continue
        for other in rest[:at]:
            yield (Piece(op=Op.ADDED, text=other),)
        yield compare_words(paragraph, rest[at])
        rest = rest[at + 1 :]
    for other in rest:
        yield (Piece(op=Op.ADDED, text=other),)


def _alike(first: str, second: str) -> bool:
    words, others = set(first.casefold().split()), set(second.casefold().split())
    return len(words & others) >= _ALIKE * max(1, min(len(words), len(others)))


def _whole(old: str, new: str) -> tuple[Piece, ...]:
    both = Piece(op=Op.REMOVED, text=old), Piece(op=Op.ADDED, text=new)
    return tuple(piece for piece in both if piece.text)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces of one kind as one: with a lone space the same between two changes, nobody could read on."""
    removed = added = ""
    held = ""
    for piece in pieces:
        if piece.op is Op.REMOVED:
            removed, added, held = removed + held + piece.text, added + held, ""
        elif piece.op is Op.ADDED:
            removed, added, held = removed + held, added + held + piece.text, ""
        elif piece.text.isspace() and (removed or added):
            held = piece.text
        else:
            yield from _whole(removed, added)
            yield Piece(op=Op.SAME, text=held + piece.text)
            removed = added = held = ""
    yield from _whole(removed, added)
    if held:
        yield Piece(op=Op.SAME, text=held)
