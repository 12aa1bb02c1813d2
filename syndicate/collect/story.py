"""Whether two texts are versions of one story (requirement C8), and the sample that finds them. Pure.

Two stories under one id would be false news, which is worse than one under two: what is in doubt is two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby

from syndicate.model.item import Content

# A round-up is not the story that it quotes: below this share of the other's length, headlines must agree.
ALIKE_LENGTH = 0.7
CONTAINED = 0.6
# Texts of another day are more often a series ("Weather for today") than a correction.
CONTAINED_OTHER_DAY = 0.8
UNRELATED = 0.1
FEWEST_WORDS = 50
# A consent or a paywall's text stands for many stories; longer texts are nobody's but one story's.
TELLING = 150
SAMPLE = 32
# So many sampled grams in common propose a pair; of two unrelated texts it is nearly always none.
PROPOSING = 3
# A template with other words filled in matches in short runs, an edited text in long ones.
USUAL_RUN = 16.0
GRAM = 4
# Chinese and Japanese set no spaces: there each character counts as a word.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+(?:[\u200c\u200d]\w+)*"
)
_NUMBER = re.compile(r"\d.*")

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How far the shorter of two texts stands in the longer: the share of its 4-grams, the mean length of a
    run of them, the share in its first half, and the length of the shorter over that of the longer.
    """

    contained: float
    run: float
    early: float
    length: float


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: without case and punctuation."""
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=512)
def sample(text: str, size: int = SAMPLE) -> tuple[int, ...]:
    """The `size` smallest hashes of a text's 4-grams, equal in every process; empty for a short text.

    Two versions of a story share about as many of them as their texts have in common.
    """
    words = words_of(text)
    if len(words) < FEWEST_WORDS:
        return ()
    hashes = {_hashed(" ".join(words[at : at + GRAM])) for at in range(len(words) - GRAM + 1)}
    return tuple(sorted(hashes)[:size])


def likeness(first: Sequence[str], second: Sequence[str]) -> Likeness:
    """How like two texts' words are; nothing is, where one has too few for a 4-gram."""
    short, long = sorted((first, second), key=len)
    grams = _grams(short)
    if not grams:
        return Likeness(contained=0.0, run=0.0, early=0.0, length=0.0)
    there = set(_grams(long))
    found = [gram in there for gram in grams]
    runs = [len(list(run)) for is_found, run in groupby(found) if is_found]
    half = found[: max(1, len(found) // 2)]
    return Likeness(
        contained=sum(found) / len(found),
        run=sum(runs) / len(runs) if runs else 0.0,
        early=sum(half) / len(half),
        length=len(short) / len(long),
    )


def is_same_story(first: Content, second: Content) -> bool:
    """Whether these are two versions of one story. Texts under fifty words have to be equal, and headlines
    have to fit under a hundred and fifty.
    """
    if _language(first) != _language(second) and _language(first) and _language(second):
        return False
    words = words_of(first.body_text), words_of(second.body_text)
    if min(map(len, words)) < TELLING and not headlines_fit(first.headline, second.headline):
        return False
    if min(map(len, words)) < FEWEST_WORDS:
        return bool(words[0]) and words[0] == words[1]
    like = likeness(*words)
    if like.contained < (CONTAINED_OTHER_DAY if _days_apart(first, second) else CONTAINED):
        return False
    return not _is_series(first, second, words=words, like=like) and _is_whole(first, second, like)


def is_other_story(first: Content, second: Content) -> bool:
    """Whether two long texts have next to nothing in common, their headlines included."""
    words = words_of(first.body_text), words_of(second.body_text)
    if min(map(len, words)) < FEWEST_WORDS or headlines_agree(first.headline, second.headline):
        return False
    return likeness(*words).contained < UNRELATED


def is_under_one_address(first: Content, second: Content) -> bool:
    """Whether two pages that call themselves by one address are one story: by their words, or by an equal
    headline above texts that are not quite others.
    """
    if is_same_story(first, second):
        return True
    headlines = words_of(first.headline), words_of(second.headline)
    if not headlines[0] or headlines[0] != headlines[1]:
        return False
    words = words_of(first.body_text), words_of(second.body_text)
    return min(map(len, words)) < FEWEST_WORDS or likeness(*words).contained >= UNRELATED


def do_words_tell(first: Content, second: Content) -> bool:
    """Whether two texts that are equal are one story."""
    return is_telling(first.body_text) or headlines_fit(first.headline, second.headline)


def is_telling(text: str) -> bool:
    """Whether a text is so long that it stands for one story alone, whatever its headline."""
    return len(words_of(text)) >= TELLING


def _is_series(
    first: Content, second: Content, *, words: tuple[Sequence[str], Sequence[str]], like: Likeness
) -> bool:
    """Whether both fill in one template: many short changes, or most numbers others."""
    if like.contained < 0.95 and like.run < USUAL_RUN:
        return True
    numbers = [{word for word in text if _NUMBER.match(word)} for text in words]
    fewer = min(map(len, numbers))
    agree = len(numbers[0] & numbers[1]) / fewer if fewer else 1.0
    return (fewer >= 3 and agree < 0.5) or (_numbered_apart(first.headline, second.headline) and agree < 0.8)


def _is_whole(first: Content, second: Content, like: Likeness) -> bool:
    """Whether it is the story that is contained, not a standing text below it or a quotation of it."""
    if like.length >= ALIKE_LENGTH and like.early >= 0.4:
        return True
    return headlines_agree(first.headline, second.headline)


def headlines_agree(first: str, second: str) -> bool:
    """Whether two headlines share at least half the words of the shorter one, and two that are not short."""
    words = [{word for word in words_of(text) if len(word) > 3} for text in (first, second)]
    shared = len(words[0] & words[1])
    return shared >= 2 and shared * 2 >= min(map(len, words))


def headlines_fit(first: str, second: str) -> bool:
    """Whether nothing in two headlines speaks against one story: they agree, are equal, or one lacks."""
    words = words_of(first), words_of(second)
    return not all(words) or words[0] == words[1] or headlines_agree(first, second)


def _numbered_apart(first: str, second: str) -> bool:
    """Whether two headlines differ in their numbers alone: of the third of May, of the fourth."""
    bare = [[word for word in words_of(text) if not _NUMBER.match(word)] for text in (first, second)]
    return bool(bare[0]) and bare[0] == bare[1] and words_of(first) != words_of(second)


def _days_apart(first: Content, second: Content) -> int:
    if first.published is None or second.published is None:
        return 0
    return abs((first.published.instant.date() - second.published.instant.date()).days)


def _language(content: Content) -> str:
    return content.language.partition("-")[0].lower()


def _grams(words: Sequence[str]) -> list[Gram]:
    return list(zip(*(words[at:] for at in range(GRAM)), strict=False))


def _hashed(gram: str) -> int:
    digest = blake2b(gram.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
