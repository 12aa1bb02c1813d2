"""What an element holds, as segments: a block is one, and so is the loose text between blocks and breaks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement, tostring

from syndicate.extract.tree import BLOCK_TAGS, count_words, remove, remove_with_shell, text_of

MOST = 2000
CUTS = BLOCK_TAGS | {"br", "hr", "dialog", "details"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """An element, or the loose text in its beginning (`inner`) or behind it."""

    element: HtmlElement
    loose: bool = False
    inner: bool = False

    @property
    def text(self) -> str:
        """What it says, with its blanks."""
        if not self.loose and len(self.element):
            return str(tostring(self.element, method="text", encoding="unicode", with_tail=False))
        return (self.element.text if self.inner or not self.loose else self.element.tail) or ""

    def drop(self) -> HtmlElement | None:
        """Take it out of the tree; what it was in."""
        parent = self.element if self.inner else self.element.getparent()
        if self.loose and self.inner:
            self.element.text = None
        elif self.loose:
            self.element.tail = None
        else:
            remove(self.element)
        return parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One or more atoms side by side, and their text on one line."""

    atoms: tuple[Atom, ...]
    text: str

    @property
    def block(self) -> HtmlElement | None:
        """The block that it is; None for loose text."""
        first = self.atoms[0]
        alone = len(self.atoms) == 1 and not first.loose
        return first.element if alone and first.element.tag in CUTS else None

    @property
    def elements(self) -> list[HtmlElement]:
        """The elements in it, without those inside them."""
        return [atom.element for atom in self.atoms if not atom.loose]

    @property
    def shape(self) -> tuple[str, str]:
        """Tag and classes: alike for what repeats."""
        block = self.block
        if block is None:
            return "", ""
        return str(block.tag), " ".join(sorted((block.get("class") or "").split()))

    @property
    def words(self) -> int:
        """How many words it has."""
        return count_words(self.text)

    @property
    def is_linked(self) -> bool:
        """Whether there is a link in it."""
        return next(self.all("a"), None) is not None

    def all(self, *tags: str) -> Iterator[HtmlElement]:
        """The elements in it with one of these tags, at any depth."""
        for element in self.elements:
            yield from element.iter(*tags)


def segments_of(
    parent: HtmlElement, *, ends: Collection[HtmlElement] = (), begins: Collection[HtmlElement] = ()
) -> list[Segment]:
    """What an element holds, in order; besides blocks and breaks, a segment ends with an element of `ends`
    and begins with one of `begins`.
    """
    found: list[Segment] = []
    open_atoms: list[Atom] = []

    def close() -> None:
        segment = _segment(open_atoms)
        if segment.text:
            found.append(segment)
        open_atoms.clear()

    if (parent.text or "").strip():
        open_atoms.append(Atom(element=parent, loose=True, inner=True))
    for child in islice(parent, MOST):
        parts = child.tag in CUTS or _holds_block(child)
        if parts or child in begins:
            close()
        open_atoms.append(Atom(element=child))
        if parts or child in ends:
            close()
        if (child.tail or "").strip():
            open_atoms.append(Atom(element=child, loose=True))
    close()
    return found


def drop(segments: Iterable[Segment]) -> None:
    """Take segments out of the tree, and the containers that are empty without them."""
    parents: dict[HtmlElement, None] = {}
    for atom in [atom for segment in segments for atom in segment.atoms]:
        if (parent := atom.drop()) is not None:
            parents[parent] = None
    for parent in parents:
        if parent.getparent() is not None and parent.tag not in {"body", "html"} and _is_empty(parent):
            remove_with_shell(parent)


def _segment(atoms: Sequence[Atom]) -> Segment:
    text = " ".join("".join(atom.text for atom in atoms).split())
    return Segment(atoms=tuple(atoms), text=text)


def _is_empty(element: HtmlElement) -> bool:
    return not text_of(element) and next(element.iter("img", "video", "audio"), None) is None


def _holds_block(element: HtmlElement) -> bool:
    """Whether an inline element, a link for instance, has blocks in it."""
    return len(element) > 0 and next(element.iter(*BLOCK_TAGS), None) is not None
