"""The article's headline: the heading that a reader sees, and what the page says that its title is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from syndicate.extract.names import authors_in
from syndicate.extract.surroundings import is_margin
from syndicate.extract.tree import count_words, text_of
from syndicate.formats.html import plain
from syndicate.formats.months import fold

__all__ = ["authors_in", "headline", "is_site_name", "letters", "main_heading"]

MAX_HEADINGS = 40
TITLE_WORDS = 50
LEAST_WORDS = 3
# What parts a headline from the site's name; a bar never stands in a headline of its own, a dash may.
BARS = r"[|｜»«•·]|::|\s›\s|\s/\s"
JOINT = re.compile(rf"\s*(?P<bar>{BARS})\s*|\s+[–—-]\s+|(?<=\S)\s*[:：]\s+")
CUT = re.compile(r"\s*(?:…|\.\.\.)$")
TITLE_CLASS = re.compile(
    r"headline|(?:entry|post|article|story|news|page)[-_]?title|\btitle\b", re.IGNORECASE
)


def main_heading(
    tree: HtmlElement, titles: Sequence[str] = (), sites: Sequence[str] = ()
) -> HtmlElement | None:
    """The article's heading: the h1, else h2 or title block, that agrees with one of the page's titles.

    Without any that does: the first h1 within the article, else the first h1, else the first h2 in an
    article; never one that is the site's own name.
    """
    wanted = [letters(title) for title in titles]
    ones = [h for h in _headings(tree, "h1") if not is_site_name(text_of(h), sites)]
    agreeing = next((h for h in ones if _agrees(letters(text_of(h)), wanted)), None)
    if agreeing is not None:
        return agreeing
    inside = [h for h in ones if next(h.iterancestors("article", "main"), None) is not None]
    blocks = () if inside else _title_blocks(tree)
    lesser = next((h for h in blocks if _agrees(letters(text_of(h)), wanted)), None)
    if lesser is not None:
        return lesser
    if ones:
        return (inside or ones)[0]
    return next(
        (h for h in _headings(tree, "h2") if next(h.iterancestors("article"), None) is not None), None
    )


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


def _headings(tree: HtmlElement, tag: str) -> Iterator[HtmlElement]:
    for heading in islice(tree.iter(tag), MAX_HEADINGS):
        # An unclosed tag may have swallowed the article: that is no title.
        told = "".join(islice(heading.itertext(), 200))
        if 0 < count_words(told) <= TITLE_WORDS and not _in_margin(heading):
            yield heading


def _in_margin(heading: HtmlElement) -> bool:
    return any(up.tag in {"nav", "footer", "aside"} for up in heading.iterancestors()) or is_margin(heading)


def _title_blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    yield from _headings(tree, "h2")
    marked = tree.xpath(
        "(descendant::*[@itemprop='headline' or contains(@class, 'title') or contains(@class, 'headline')])"
    )
    for element in marked[:MAX_HEADINGS]:
        named = element.get("itemprop") == "headline" or TITLE_CLASS.search(element.get("class") or "")
        if (
            named
            and element.tag not in {"meta", "body", "html"}
            and 0 < count_words(text_of(element)) <= TITLE_WORDS
        ):
            yield element


def _agrees(shown: str, wanted: Iterable[str]) -> bool:
    return len(shown) >= 4 and any(
        shown == title or (len(shown) >= 12 and shown in title) for title in wanted
    )


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
