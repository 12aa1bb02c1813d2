"""Where a step of an XPath expression may lead from a set of nodes, and how many it may meet on the way."""

from collections.abc import Callable
from dataclasses import dataclass

from syndicate.model.extent import Extent

# Only these axes lead from different nodes to different nodes.
APART = frozenset({"child", "attribute", "self", "namespace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What an expression gives in all its runs together: `total` nodes, at most `each` in a run, one node at
    most so many `times`; `text` is how long they are as texts, `longest` in one run.
    """

    kind: str
    each: float = 1
    total: float = 1
    times: float = 1
    nest: float = 1
    text: float = 0
    longest: float = 0


Reach = Callable[[Value, Extent, str], tuple[float, float]]


def _child(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    return min(value.total * extent.siblings, value.times * extent.nodes), value.times


def _below(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    nest = max(value.nest, 1)
    return min(value.total, value.times * nest) * extent.nodes, min(value.total, value.times * nest)


def _above(value: Value, extent: Extent, test: str) -> tuple[float, float]:
    return value.total * extent.depth, value.total


def _parent(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    return value.total, min(value.total, value.times * extent.siblings)


def _beside(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    return value.total * extent.siblings, min(value.total, value.times * extent.siblings)


def _elsewhere(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    return value.total * extent.nodes, value.total


def _attribute(value: Value, extent: Extent, test: str) -> tuple[float, float]:
    every = value.times * extent.attributes
    return (every if test == "*" else min(value.total, every)), value.times


def _itself(value: Value, extent: Extent, _: str) -> tuple[float, float]:
    return value.total, value.times


REACHES: dict[str, Reach] = {
    "child": _child,
    "descendant": _below,
    "descendant-or-self": _below,
    "ancestor": _above,
    "ancestor-or-self": _above,
    "parent": _parent,
    "following-sibling": _beside,
    "preceding-sibling": _beside,
    "following": _elsewhere,
    "preceding": _elsewhere,
    "attribute": _attribute,
    "namespace": _attribute,
    "self": _itself,
}
