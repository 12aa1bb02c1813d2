"""How large a page is, as far as it matters to what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass

# What is longer marks nothing.
LONGEST_MARK = 60
NODE_TYPES = frozenset({"comment", "text", "processing-instruction", "node"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large a page is. `nodes` are elements, texts and comments; `siblings` the most in one element;
    `tags` the elements of each name: how many, and how deep they nest in one another; without it each name
    has a part of them. `marks` tells the same of the elements with a value (`id=x`) or word (`class~x`) in
    an attribute, `longest` how long each attribute's values get.
    """

    elements: int
    nodes: int
    attributes: int
    depth: int
    siblings: int
    characters: int
    tags: Mapping[str, tuple[int, int]] | None = None
    marks: Mapping[str, tuple[int, int]] | None = None
    longest: Mapping[str, int] | None = None

    def of(self, test: str) -> tuple[int, int]:
        """How many nodes a node test may take, and how deep these nest."""
        if test in {"node", "*"}:
            return (self.nodes if test == "node" else self.elements), self.depth
        if test in NODE_TYPES:
            return self.nodes, 1
        return (self.elements // 3, self.depth) if self.tags is None else self.tags.get(test, (0, 0))

    def marked(self, mark: str) -> tuple[int, int]:
        """How many elements have this mark, and how deep these nest."""
        if self.marks is None:
            return self.elements // 10, self.depth // 4
        unknown = (self.elements, self.depth) if len(mark) > LONGEST_MARK else (0, 0)
        return self.marks.get(mark, unknown)

    def length_of(self, attribute: str) -> int:
        """How long the values of this attribute get."""
        if self.longest is None:
            return 200
        return max([0, *self.longest.values()]) if attribute == "*" else self.longest.get(attribute, 0)


# Smaller than most pages: what takes long here takes for ever elsewhere.
SMALL = Extent(elements=500, nodes=1_200, attributes=800, depth=20, siblings=60, characters=50_000)
