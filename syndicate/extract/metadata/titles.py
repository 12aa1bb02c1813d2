"""Titles and headlines as texts: which of them are one, and what of a title is the site's name."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from syndicate.extract.tree import count_words
from syndicate.formats.html import plain
from syndicate.formats.months import fold

LEAST_WORDS = 3
# What parts a headline from the site's name; a bar never stands in a headline of its own, a dash may.
BARS = r"[|｜»«•·]|::|\s›\s|\s/\s"
JOINT = re.compile(rf"\s*(?P<bar>{BARS})\s*|\s+[–—-]\s+|(?<=\S)\s*[:：]\s+")
CUT = re.compile(r"\s*(?:…|\.\.\.)$")


def headline(
    shown: str, told: Iterable[str], *, sites: Sequence[str], sections: Sequence[str], url: str
) -> str:
    """The headline as a reader sees it where a stated title agrees, else the stated one, else what is shown.

    The site's name, a section and what follows a bar are cut off; a dash or colon of its own is not.
    """
    names = [*sites, *_of_host(url)]
    bare = [_without_ends(title, names, sections) for title in told if not is_site_name(title, names)]
    shown = _without_ends(shown, names, sections, bars=False) if shown else ""
    for title in bare:
        if _same(shown, title):
            return shown
    return next((title for title in bare if title), shown)


def is_site_name(text: str, sites: Iterable[str]) -> bool:
    """Whether the text is one of the site's names, however written."""
    bare = _core(text)
    return bool(bare) and any(bare == _core(site) for site in sites)


def letters(text: str) -> str:
    """The text's letters and digits alone, folded: what two spellings of one title share."""
    return re.sub(r"[\W_]+", "", fold(text[:600]))


def _same(shown: str, title: str) -> bool:
    """Whether both are one headline: equal, one in the other, cut short, or mostly of the same words."""
    seen, told = letters(shown), letters(CUT.sub("", title))
    if not seen or not told:
        return False
    if seen == told or (len(told) >= 20 and seen.startswith(told)):
        return True
    if (seen in told and count_words(shown) >= 2) or (told in seen and len(told) * 2 > len(seen)):
        return True
    one, other = _long_words(shown), _long_words(title)
    return len(one & other) * 2 > min(len(one), len(other)) >= LEAST_WORDS


def _long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w{3,}", fold(text[:600])) if not word.isdigit()}


def _without_ends(title: str, sites: Sequence[str], sections: Sequence[str], *, bars: bool = True) -> str:
    """The title without site, section and what a bar parts off, at either end."""
    text = " ".join(plain(title).split())
    for _ in range(4):
        shorter = _shorter(text, sites, sections, bars=bars)
        if shorter == text:
            break
        text = shorter
    return text


def _shorter(text: str, sites: Sequence[str], sections: Sequence[str], *, bars: bool) -> str:
    joints = list(JOINT.finditer(text))[:12]
    if not joints:
        return text
    last, start = joints[-1], joints[0]
    tail, head = text[last.end() :], text[: start.start()]
    if _is_end(tail, sites, sections) and count_words(text[: last.start()]) >= 1 and ":" not in last[0]:
        return text[: last.start()]
    if is_site_name(head, sites) and count_words(text[start.end() :]) >= LEAST_WORDS - 1:
        return text[start.end() :]
    barred = [joint for joint in joints if joint["bar"]]
    if not bars or not barred:
        return text
    return _longest_between(text, barred)


def _longest_between(text: str, barred: Sequence[re.Match[str]]) -> str:
    """What stands before the first bar if it can be a headline, else the longest part."""
    before = text[: barred[0].start()]
    if count_words(before) > LEAST_WORDS or count_words(before) >= count_words(text[barred[0].end() :]):
        return before or text
    edges = [0, *(edge for joint in barred for edge in joint.span()), len(text)]
    parts = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return max(parts, key=count_words)


def _is_end(tail: str, sites: Sequence[str], sections: Sequence[str]) -> bool:
    if is_site_name(tail, sites):
        return True
    bare = letters(tail)
    return any(bare == letters(section) for section in sections)


@lru_cache(maxsize=1024)
def _core(name: str) -> str:
    """The name's letters without a leading article and a top-level domain."""
    folded = re.sub(r"^(?:https?://)?(?:www\.)?", "", fold(name[:200]).strip())
    folded = re.sub(r"^(?:the|der|die|das|le|la|el|los|les)\s+", "", folded)
    return re.sub(r"[\W_]+", "", re.sub(r"\.(?:com|org|net|example|info|[a-z]{2})$", "", folded))


def _of_host(url: str) -> list[str]:
    """What the host calls itself: its name, and each label that is long enough to be one."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return []
    labels = host.removeprefix("www.").split(".")
    return [host, *(label for label in labels[:-1] if len(label) >= 4)]
