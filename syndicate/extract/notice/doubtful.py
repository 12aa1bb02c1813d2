"""Lines whose words alone make no archive notice, but would as lines that the whole site shows."""

from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement

from syndicate.extract.body.blocks import Block
from syndicate.extract.chrome import line_hash
from syndicate.extract.language import detect
from syndicate.extract.lexicon.notice import ONWARD, WEAK_STEMS, WEAKLY_STALE
from syndicate.extract.lexicon.words import has_any, stems_in
from syndicate.extract.notice.successor import leads_away, named, successor_of
from syndicate.extract.tree import count_words
from syndicate.formats.html import plain
from syndicate.formats.months import fold
from syndicate.model.item import Notice

MAX_WORDS, MIN_WORDS = 70, 4
MAX_CHARACTERS, MIN_CHARACTERS = 900, 12
# Such lines stand at the page's ends, and are few.
EXAMINED, MOST = 500, 10

Doubtful = tuple[tuple[int, Notice], ...]


def is_weak_notice(text: str, anchors: Iterable[HtmlElement], *, base: str) -> bool:
    """Whether a line, if the host shows it everywhere, speaks of an old site and leads to another."""
    folded = fold(text)
    if not MIN_WORDS <= count_words(text) <= MAX_WORDS or not WEAKLY_STALE.search(folded):
        return False
    return bool(ONWARD.search(folded)) and (bool(named(text)) or leads_away(anchors, base=base))


def doubtful_notices(blocks: Sequence[Block], *, base: str) -> Doubtful:
    """The blocks that would be a notice if other stories showed them: their hashes, and those notices."""
    ends = blocks if len(blocks) <= 2 * EXAMINED else [*blocks[:EXAMINED], *blocks[-EXAMINED:]]
    texts = [block.text.casefold() for block in ends]
    stems = stems_in("\n".join(texts), WEAK_STEMS)
    found: list[tuple[int, Notice]] = []
    for block, folded in zip(ends, texts, strict=True):
        fits = MIN_CHARACTERS <= len(folded) <= MAX_CHARACTERS and has_any(stems, folded)
        if fits and not block.is_heading and (notice := _notice(block, base)):
            found.append((line_hash(block.text), notice))
    return tuple(found[:MOST])


def doubtful_texts(texts: Sequence[str]) -> Doubtful:
    """The same of the paragraphs of a plain text."""
    fitting = (text for text in texts if len(text) <= MAX_CHARACTERS and is_weak_notice(text, (), base=""))
    return tuple((line_hash(text), _told(text, ())) for text in fitting)[:MOST]


def _notice(block: Block, base: str) -> Notice | None:
    parts = [part for part in block.run if not isinstance(part, str)] if block.run else [block.element]
    anchors = [anchor for part in parts for anchor in part.iter("a", "area")]
    return _told(block.text, parts, base=base) if is_weak_notice(block.text, anchors, base=base) else None


def _told(text: str, parts: Sequence[HtmlElement], *, base: str = "") -> Notice:
    said = plain(text)
    return Notice(text=said, successor_url=successor_of(parts, said, base=base), language=detect(said))
