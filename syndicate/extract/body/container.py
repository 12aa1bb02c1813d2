"""Our own extractor: the element whose text weighs most as a story, and its blocks that read as one.

Prose counts for an element, everything else against it, so that the heaviest is the smallest that has the
whole story and little besides. Precise rather than complete: it decides between two others.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from itertools import chain

from lxml.html import Element, HtmlElement

from syndicate.extract.body.blocks import Block
from syndicate.extract.body.paragraphs import is_layout, paragraph_of
from syndicate.extract.body.stated import confirmed
from syndicate.extract.tree import HEADINGS
from syndicate.formats.months import fold

# What a block that is no prose takes from its containers: its words, and this for being there at all.
AGAINST = 3
MISNAMED, BEFORE, LISTED = 0.5, 0.2, 0.5
MAIN = 0.5
PARTS = frozenset({"p", "li", "dd", "dt", "td", "th", "blockquote", "pre"})
WHOLE = frozenset({"ul", "ol", "dl", "table", "blockquote", "pre"})
# An outer table that holds these lays the page out, so no list or table beyond them is the story's.
LAYING_OUT = frozenset({"article", "main", "section", "body", "table"})


def own_body(blocks: Sequence[Block], *, headline: str = "", stated: str = "") -> HtmlElement | None:
    """The article's blocks in a container of their own; None where nothing reads as an article.

    `stated` is the text that the page states for machines: where the page shows it, it says where the story
    begins and ends.
    """
    container, kept = choose(blocks, headline=headline)
    if stated:
        kept = confirmed(blocks, stated, own=kept)
    return rebuilt(kept, within=container) if kept else None


def choose(blocks: Sequence[Block], *, headline: str = "") -> tuple[HtmlElement | None, list[Block]]:
    """What holds the article, and the blocks that are the article's, in order."""
    at = _headline(blocks, headline)
    top = None if at is None else blocks[at]
    inside = _without_apart(blocks, start=at or 0)
    container = heaviest(inside, start=top)
    if container is None:
        return None, []
    held = set(container.iter())
    within = [one for one in inside if one.element in held]
    return container, _readable(_below(within, top))


def _below(blocks: Sequence[Block], top: Block | None) -> list[Block]:
    """What comes after the headline; all but the headline where the prose stands above it."""
    at = next((at for at, block in enumerate(blocks) if block is top), None)
    if at is None:
        return list(blocks)
    above, below = (
        sum(one.words for one in part if one.is_prose) for part in (blocks[:at], blocks[at + 1 :])
    )
    return list(blocks[at + 1 :]) if below >= BEFORE * above else [*blocks[:at], *blocks[at + 1 :]]


def _without_apart(blocks: Sequence[Block], *, start: int) -> list[Block]:
    """The blocks that no name puts beside the story.

    A name says nothing on what holds the headline, or most of the prose below it.
    """
    held: dict[HtmlElement, int] = defaultdict(int)
    prose = 0
    for block in blocks[start:]:
        if block.is_prose:
            prose += block.words
            for element in block.apart:
                held[element] += block.words
    misnamed = {element for element, words in held.items() if words > MISNAMED * prose}
    misnamed.update(blocks[start].apart if start else ())
    return [block for block in blocks if misnamed.issuperset(block.apart)]


def _headline(blocks: Sequence[Block], headline: str) -> int | None:
    """Where the headline stands: what comes before it is seldom the story."""
    wanted = fold(headline)
    headings = [at for at, block in enumerate(blocks) if block.is_heading]
    same = [at for at in headings if wanted and fold(blocks[at].text) == wanted]
    tops = same or [at for at in headings if blocks[at].element.tag == "h1"]
    return tops[0] if tops else None


def heaviest(blocks: Iterable[Block], *, start: Block | None = None) -> HtmlElement | None:
    """The smallest element that outweighs all others; `start` is the block of the headline."""
    weights: dict[HtmlElement, float] = defaultdict(float)
    begun = start is None
    for block in blocks:
        begun = begun or block is start
        weights[_holder(block)] += _weight(block) * (1 if begun or not block.is_prose else BEFORE)
    # Each element hands its weight up once, the innermost first, so that depth costs nothing.
    root = next((holder.getroottree().getroot() for holder in weights), None)
    best, most = None, 0.0
    for element in reversed(list(root.iter()) if root is not None else ()):
        weight = weights.get(element, 0.0)
        if weight > most:
            best, most = element, weight
        parent = element.getparent()
        if weight and parent is not None:
            weights[parent] += weight
    return best


def _weight(block: Block) -> float:
    if block.is_prose:
        return block.words
    if block.is_linked:
        return -AGAINST - block.words
    if block.is_heading:
        return 0
    return LISTED * block.words if block.element.tag in PARTS else -1


QUOTING = frozenset({"ul", "ol", "dl", "blockquote"})


def _readable(blocks: Sequence[Block]) -> list[Block]:
    """Prose, what is short between prose, and the headings of both; where one element holds most of it,
    nothing that comes after that.
    """
    prose = [block for block in blocks if block.is_prose]
    if not prose:
        return []
    main = _main(prose)
    last = max(at for at, block in enumerate(blocks) if block.is_prose and (not main or _kind(block) == main))
    kept: list[Block] = []
    heading: Block | None = None
    for at, block in enumerate(blocks):
        if block.is_heading:
            heading = None if block.is_linked else block
        elif (block.is_prose and at <= last) or (kept and _belongs(block, main, after=at > last)):
            kept += [block] if heading is None else [heading, block]
            heading = None
    return kept


def _main(prose: Iterable[Block]) -> str:
    """The kind of element that holds most of the prose directly; empty where none does.

    What a list or quotation holds tells only where there is nothing else.
    """
    held: dict[str, int] = defaultdict(int)
    prose = list(prose)
    for block in [block for block in prose if _holder(block).tag not in QUOTING] or prose:
        held[_kind(block)] += block.words
    most = max(held, key=lambda kind: held[kind])
    return most if held[most] > MAIN * sum(held.values()) else ""


def _kind(block: Block) -> str:
    holder = _holder(block)
    return f"{holder.tag} {holder.get('class') or ''}"


def _holder(block: Block) -> HtmlElement:
    return block.element if block.run else block.element.getparent()


def _belongs(block: Block, main: str, *, after: bool) -> bool:
    """Whether what is no prose is part of the story: items of a list, and short paragraphs up to its end."""
    if block.is_linked or block.run or block.element.tag not in PARTS:
        return False
    return not after or block.element.tag == "li" or _kind(block) == main


def rebuilt(blocks: Sequence[Block], *, within: HtmlElement | None) -> HtmlElement:
    """A tree of copies: lists, tables and quotes whole, loose text as paragraphs."""
    body = Element("div")
    done: set[HtmlElement] = set()
    for block in blocks:
        whole = _whole(block, within)
        if whole is None:
            body.append(_copied(block))
        elif whole not in done:
            done.add(whole)
            body.append(_copy(whole))
    return body


def _whole(block: Block, within: HtmlElement | None) -> HtmlElement | None:
    """The outermost list, table or quote that the block stands in, inside of what holds the article."""
    found = None
    for element in chain([block.element], block.element.iterancestors()):
        if element is within:
            break
        if element.tag in WHOLE and not (element.tag == "table" and is_layout(element)):
            found = element
        elif element.tag in LAYING_OUT:
            break
    return found


def _copied(block: Block) -> HtmlElement:
    if block.run:
        return paragraph_of([part if isinstance(part, str) else _copy(part) for part in block.run])
    copied = _copy(block.element)
    if copied.tag not in HEADINGS:
        copied.tag = "p"
    return copied


def _copy(element: HtmlElement) -> HtmlElement:
    copied = deepcopy(element)
    copied.tail = None
    return copied
