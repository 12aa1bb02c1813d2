"""The article's text as a page states it for machines, and the blocks that show it.

It is believed only where the page shows the same: many give a teaser there, or another story's text.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml.html import HtmlElement

from syndicate.extract.body.agreement import WORD, runs_of
from syndicate.extract.body.blocks import Block
from syndicate.formats.html import text_of

MAX_SCRIPT = 1_000_000
# How much of a block must be stated, of what is stated shown, and of the story stated.
STATED, SHOWN, COVERED = 0.7, 0.85, 0.9
TAG = re.compile(r"<[a-z/!]", re.IGNORECASE)


def stated_body(tree: HtmlElement) -> str:
    """The longest `articleBody` of the page's JSON-LD, as text; empty where there is none."""
    found: list[str] = []
    for script in tree.iter("script"):
        text = script.text or ""
        if '"articleBody"' in text and len(text) <= MAX_SCRIPT:
            found.extend(_bodies(text))
    body = max(found, key=len, default="")
    return text_of(body) if TAG.search(body) else body


def _bodies(text: str) -> Iterator[str]:
    try:
        waiting: list[Any] = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(body := node.get("articleBody"), str):
                yield body
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def confirmed(blocks: Sequence[Block], stated: str, *, own: Sequence[Block]) -> list[Block]:
    """What our own extractor took, from the first stated block to the last, with what it missed of them.

    The same as `own` where what is stated is not the story that the page shows, or less than all of it.
    """
    words = WORD.findall(stated)
    if not words or len(words) < COVERED * sum(block.words for block in own):
        return list(own)
    runs = set(runs_of(words))
    shown = [at for at, block in enumerate(blocks) if _is_stated(WORD.findall(block.text), runs)]
    if sum(blocks[at].words for at in shown) < SHOWN * len(words):
        return list(own)
    wanted = {id(block) for block in own} | {id(blocks[at]) for at in shown}
    return [block for block in blocks[shown[0] : shown[-1] + 1] if id(block) in wanted]


def _is_stated(words: Sequence[str], runs: set[tuple[str, ...]]) -> bool:
    there = [run in runs for run in runs_of(words)]
    return sum(there) >= max(1, STATED * len(there))
