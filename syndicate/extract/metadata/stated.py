"""What a page states for machines: JSON-LD, meta elements, microdata and RDFa, and the site's own names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.linked import Node, read_linked, strings, types_of
from syndicate.extract.metadata.marked import Marked
from syndicate.formats.html import plain

MAX_METAS, MAX_LINKS = 2_000, 20
SITE_METAS = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "dc.publisher",
    "dcterms.publisher",
    "publisher",
)
TITLE_METAS = ("og:title", "twitter:title", "parsely-title", "dc.title", "dcterms.title", "title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An `og:image` or `twitter:image` with the size and text that follow it."""

    url: str
    width: str = ""
    height: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands in the page's head: meta contents by lower-case name, JSON-LD, title, canonical links."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    nodes: tuple[Node, ...] = ()
    title: str = ""
    canonical: tuple[str, ...] = ()

    def of_metas(self, *names: str) -> list[str]:
        """The contents of the meta elements of these names, in that order."""
        return [content for name in names for content in self.metas.get(name, ())]

    @property
    def titles(self) -> list[str]:
        """Every title that the page gives itself."""
        return [title for title in (*self.of_metas(*TITLE_METAS), self.title) if title]

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the site."""
        return tuple(dict.fromkeys(name for name in (*self.of_metas(*SITE_METAS), *self._named()) if name))

    def _named(self) -> Iterator[str]:
        for node in self.nodes:
            yield from strings(node.get("publisher"))
            if "WebSite" in types_of(node):
                yield from strings(node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What is stated of the article itself: its JSON-LD node, its marked properties, and the head."""

    head: Head = field(default_factory=Head)
    node: Node = field(default_factory=dict)
    marked: Marked = field(default_factory=dict)
    sites: tuple[str, ...] = ()

    def of_node(self, *keys: str) -> list[str]:
        """The texts under these JSON-LD keys, in that order."""
        return [text for key in keys for text in strings(self.node.get(key))]

    def of_metas(self, *names: str) -> list[str]:
        """The contents of the meta elements of these names, in that order."""
        return self.head.of_metas(*names)

    def of_marks(self, *names: str) -> list[str]:
        """The values of these properties of microdata or RDFa, in that order."""
        return [value for name in names for value in self.marked.get(name, ())]


def read_head(tree: HtmlElement) -> Head:
    """The page's meta elements, JSON-LD and title."""
    held: dict[str, list[HtmlElement]] = {"meta": [], "script": [], "title": [], "link": []}
    for element in tree.iter(*held):
        held[element.tag].append(element)
    pairs = list(_metas(held["meta"][:MAX_METAS]))
    metas: dict[str, list[str]] = {}
    for key, content in pairs:
        metas.setdefault(key, []).append(content)
    canonical = (link for link in held["link"] if "canonical" in (link.get("rel") or "").lower().split())
    return Head(
        metas=metas,
        pictures=tuple(_pictures(pairs)),
        nodes=read_linked(held["script"]),
        title=next((_text(t) for t in held["title"] if t.getparent().tag not in {"svg", "symbol"}), ""),
        canonical=tuple(link.get("href") or "" for link in islice(canonical, MAX_LINKS)),
    )


def _metas(elements: Iterable[HtmlElement]) -> Iterator[tuple[str, str]]:
    """Name and content; one with an itemprop is of the scope that it stands in, unless it is in the head."""
    for meta in elements:
        key = meta.get("property") or meta.get("name") or ""
        if not key and meta.getparent().tag == "head":
            key = meta.get("itemprop") or meta.get("http-equiv") or ""
        key = key.strip().lower()
        content = (meta.get("content") or meta.get("value") or "")[:5000] if key and _may_tell(key) else ""
        if text := " ".join(plain(content).split()):
            yield key, text


def _may_tell(key: str) -> bool:
    """Whether a meta element of this name may be about the article: not one for the browser or for apps."""
    return not key.startswith(
        ("fb:", "al:", "msapplication", "viewport", "theme-", "google", "robots", "twitter:app")
    )


def _pictures(pairs: Iterable[tuple[str, str]]) -> Iterator[Picture]:
    """Sizes follow the address that they belong to (ogp.me, "Structured properties")."""
    told: dict[str, str] = {}
    for key, content in pairs:
        kind = _kind(key)
        other = kind == "url" and told.get("url", content) != content
        if other and not key.endswith(":secure_url"):
            yield Picture(**told)
            told = {}
        if kind:
            told[kind] = content
    if told.get("url"):
        yield Picture(**told)


def _kind(key: str) -> str:
    if key in {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}:
        return "url"
    part = key.rsplit(":", 1)[-1]
    return (
        part if key.startswith(("og:image:", "twitter:image:")) and part in {"width", "height", "alt"} else ""
    )


def _text(element: HtmlElement) -> str:
    return " ".join(plain("".join(element.itertext())).split())
