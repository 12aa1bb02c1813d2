"""How far two texts agree, and which of several agrees most with the others (a medoid). Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

GRAM = 4
WORD = re.compile(r"[^\W_]+|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")

Grams = Counter[tuple[str, ...]]


def grams(text: str) -> Grams:
    """The text's runs of four words, with how often each occurs; a shorter text is one run."""
    words = WORD.findall(text)
    return Counter(runs_of(words)) if len(words) >= GRAM else Counter([tuple(words)] if words else [])


def runs_of(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every run of four of the words, in order."""
    return zip(*(words[at:] for at in range(GRAM)), strict=False)


def agreement(one: Grams, other: Grams) -> float:
    """The F1 of two texts' runs, 0 to 1; two empty texts agree."""
    both = one.total() + other.total()
    if not both:
        return 1.0
    less, more = sorted((one, other), key=len)
    return 2 * sum(min(count, more[run]) for run, count in less.items()) / both


def medoid(candidates: Sequence[Grams]) -> int:
    """Which candidate agrees most with the others; of equals the first."""
    votes = [
        sum(agreement(one, other) for at, other in enumerate(candidates) if at != position)
        for position, one in enumerate(candidates)
    ]
    return votes.index(max(votes))
