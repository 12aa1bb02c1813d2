"""The article's body: our own extractor and trafilatura vote, and where they differ readability decides.

What votes is what would be published, so that a difference in a byline makes no doubt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import etree
from lxml.html import HtmlElement

from syndicate.extract.body.agreement import Grams, agreement, grams, medoid
from syndicate.extract.body.blocks import Block
from syndicate.extract.body.by_readability import by_readability
from syndicate.extract.body.by_trafilatura import by_trafilatura
from syndicate.extract.body.container import own_body
from syndicate.extract.body.paragraphs import paragraphs, serialise, tidy
from syndicate.extract.body.trim import Around, trimmed
from syndicate.extract.tree import count_words, is_too_large, text_of
from syndicate.formats.html import sanitize
from syndicate.formats.html import text_of as text_of_html

# What parsers of others' pages have been seen to raise on broken input.
FAILURES = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    RecursionError,
    etree.LxmlError,
)
# Two that agree as far as this need no third.
SURE = 0.9
FEW_WORDS = 40
# The others climb from every paragraph to the top, some of them twice: seconds, on a deep page.
MOST_CLIMBED = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body as sanitised HTML and as text, one paragraph a line with a blank line between; both are empty
    when the page has no article. `agreement` (0 to 1) is how far the voters agreed.
    """

    html: str = ""
    text: str = ""
    agreement: float = 1.0


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    blocks: list[HtmlElement]
    text: str

    @cached_property
    def words(self) -> int:
        return count_words(self.text)

    @cached_property
    def grams(self) -> Grams:
        return grams(self.text)


def extract_body(
    tree: HtmlElement, blocks: Sequence[Block], *, base: str, around: Around, fast: bool = False
) -> Body:
    """Find the body. `blocks` are the tree's; `fast` asks trafilatura only where ours finds little."""
    chosen, agreed = _vote(tree, blocks, around, fast=fast)
    return _finished(chosen, base=base, agreed=agreed)


def finish_body(body: HtmlElement, *, base: str, around: Around) -> Body:
    """The body that somebody else has found, in paragraphs as usual and without what stands beside it."""
    return _finished(trimmed(paragraphs(body), around), base=base, agreed=1.0)


def _finished(blocks: list[HtmlElement], *, base: str, agreed: float) -> Body:
    for block in blocks:
        tidy(block)
    html = sanitize("\n".join(serialise(block) for block in blocks), base_url=base)
    return Body(html=html, text=text_of_html(html, sanitized=True), agreement=agreed)


def _vote(
    tree: HtmlElement, blocks: Sequence[Block], around: Around, *, fast: bool
) -> tuple[list[HtmlElement], float]:
    ours = _candidate(lambda: own_body(blocks, headline=around.headline, stated=around.stated), around)
    if fast and (ours.words >= FEW_WORDS or is_too_large(tree)):
        return ours.blocks, 1.0
    if _climb(blocks) > MOST_CLIMBED:
        return ours.blocks, 1.0
    second = _candidate(lambda: by_trafilatura(tree), around)
    if fast:
        return max(ours, second, key=lambda found: found.words).blocks, 1.0
    agreed = agreement(ours.grams, second.grams)
    if agreed >= SURE and ours.blocks:
        return ours.blocks, agreed
    third = _candidate(lambda: by_readability(tree), around)
    candidates = [found for found in (ours, second, third) if found.blocks]
    if not candidates:
        return [], 0.0
    return candidates[medoid([found.grams for found in candidates])].blocks, agreed


def _climb(blocks: Sequence[Block]) -> int:
    """How many elements lie between the blocks and the top, about."""
    some = blocks[:: max(1, len(blocks) // 50)]
    depths = [sum(1 for _ in block.element.iterancestors()) for block in some]
    return len(blocks) * sum(depths) // max(1, len(depths))


def _candidate(voter: Callable[[], HtmlElement | None], around: Around) -> _Candidate:
    try:
        body = voter()
    except FAILURES:
        body = None
    blocks = [] if body is None else trimmed(paragraphs(body), around)
    return _Candidate(blocks=blocks, text="\n".join(text_of(block) for block in blocks))
