"""What an XPath expression may cost on a page at worst, told from its text and the page's size alone.

libxml2 runs an expression to its end: nothing stops one that nests paths in paths. So its time is estimated
before, in nanoseconds, from what each step may visit and how often it may be taken.
"""

import re
from dataclasses import dataclass, field, replace
from math import inf, log2

from syndicate.model.extent import NODE_TYPES, Extent
from syndicate.model.xpath_axes import APART, REACHES, Value
from syndicate.model.xpath_tokens import NAME, QUOTES, mark_in, tokens_of

# Nanoseconds, as measured and rounded up.
VISIT, JUDGE, CALL, MERGE, PAIR, CHARACTER, SORT, ORDER = 10.0, 150.0, 80.0, 0.25, 50.0, 2.0, 50.0, 0.4
LONGEST_NUMBER = 30.0
LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*op", "div", "mod"))
ARITHMETIC = 4
LITERAL_NUMBER = re.compile(r"\.?\d")
COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">="})
TO_TEXT = frozenset({
    "string", "normalize-space", "translate", "substring", "substring-before", "substring-after",
})  # fmt: skip
TO_NUMBER = frozenset(
    {"count", "sum", "number", "string-length", "floor", "ceiling", "round", "last", "position"}
)


# About a second.
MOST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """In how many contexts an expression is evaluated, how often one node may be the context, and how deep
    these nest.
    """

    runs: float = 1
    times: float = 1
    nest: float = 1


def cost(expression: str, extent: Extent) -> float:
    """The nanoseconds that it may take; infinite for what cannot be read as XPath 1.0."""
    try:
        return _Reader(expression, extent).read()
    except (IndexError, RecursionError, _Unread):
        return inf


class _Unread(Exception):
    """Not XPath 1.0 as we know it."""


@dataclass(slots=True)
class _Reader:
    """Reads an expression once, from left to right, and adds up what it meets."""

    expression: str
    extent: Extent
    spent: float = 0
    tokens: list[str] = field(default_factory=list)
    at: int = 0

    def read(self) -> float:
        """The cost of the whole."""
        self.tokens = [*tokens_of(self.expression), ""]
        self._any(_Around())
        if self._next:
            raise _Unread
        return self.spent

    @property
    def _next(self) -> str:
        return self.tokens[self.at]

    def _take(self, *wanted: str) -> str:
        """The next token, if it is one of these; any for none."""
        token = self.tokens[self.at]
        if not token or (wanted and token not in wanted):
            return ""
        self.at += 1
        return token

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise _Unread

    def _any(self, around: _Around, level: int = 0) -> Value:
        """An expression of this level of precedence."""
        if level == len(LEVELS):
            return self._union(around)
        start = self.at
        value = self._any(around, level + 1)
        while operator := self._take(*LEVELS[level]):
            if operator == "and":
                around = self._narrowed(around, self.tokens[start : self.at - 1])
            other = self._any(around, level + 1)
            self.spent += JUDGE * around.runs
            if operator in COMPARING:
                self._compare(value, other)
            elif level >= ARITHMETIC:
                self.spent += CHARACTER * (value.text + other.text)
            value = Value(kind="truth" if level < ARITHMETIC else "number", longest=LONGEST_NUMBER)
        return value

    def _narrowed(self, around: _Around, condition: list[str]) -> _Around:
        """What is behind `and` is asked only where the condition before it holds."""
        if not (mark := mark_in(condition)):
            return around
        count, nest = self.extent.marked(mark)
        return _Around(
            runs=min(around.runs, around.times * count), times=around.times, nest=min(around.nest, nest)
        )

    def _compare(self, one: Value, other: Value) -> None:
        """Every node of the one with every node of the other, as texts where they begin alike."""
        pairs = min(one.total * other.each, other.total * one.each)
        self.spent += PAIR * pairs + CHARACTER * (one.text * other.each + other.text * one.each)

    def _union(self, around: _Around) -> Value:
        signs = 0
        while self._take("-"):
            signs += 1
        value = self._path(around)
        self.spent += signs * (CALL * around.runs + CHARACTER * value.text)
        while self._take("|"):
            other = self._path(around)
            both = value.total + other.total
            walk = min(self.extent.siblings, value.each + other.each)
            self.spent += both * (
                MERGE * value.each + SORT + ORDER * log2(value.each + other.each + 2) * walk
            )
            value = replace(
                value,
                each=value.each + other.each,
                total=both,
                times=min(around.runs, value.times + other.times),
                nest=self.extent.depth,
                text=value.text + other.text,
                longest=max(value.longest, other.longest),
            )
        return value

    def _path(self, around: _Around) -> Value:
        start = Value(
            kind="nodes", total=around.runs, times=around.times, nest=around.nest, **self._text(around)
        )
        if self._is_primary():
            value = self._filtered(self._primary(around), around)
            if self._next not in {"/", "//"}:
                return value
        elif self._next in {"/", "//"}:
            value = replace(start, times=around.runs, nest=1, text=around.runs * self.extent.characters)
            if self._next == "/" and not self._starts_step(self.tokens[self.at + 1]):
                self.at += 1
                return value
        else:
            return self._rest(self._step(start, around), around)
        return self._rest(value, around)

    def _rest(self, value: Value, around: _Around) -> Value:
        while slash := self._take("/", "//"):
            if slash == "//":
                value = self._move(value, "descendant-or-self", "node", around)
            value = self._step(value, around)
        return value

    def _is_primary(self) -> bool:
        part, after = self._next, self.tokens[self.at + 1] if self._next else ""
        if part[:1] in {"(", *QUOTES} or LITERAL_NUMBER.match(part):
            return True
        return after == "(" and part not in NODE_TYPES and NAME.match(part) is not None

    @staticmethod
    def _starts_step(token: str) -> bool:
        return token in {".", "..", "@", "*"} or NAME.match(token) is not None

    def _primary(self, around: _Around) -> Value:
        part = self._take()
        if part == "(":
            value = self._any(around)
            self._need(")")
            return value
        if part[0] in QUOTES:
            size = len(part) - 2
            return Value(kind="text", total=around.runs, text=size * around.runs, longest=size)
        if not NAME.match(part):
            return self._number(around)
        return self._called(part, around)

    def _number(self, around: _Around) -> Value:
        return Value(
            kind="number", total=around.runs, text=LONGEST_NUMBER * around.runs, longest=LONGEST_NUMBER
        )

    def _called(self, name: str, around: _Around) -> Value:
        self._need("(")
        given: list[Value] = []
        while not self._take(")"):
            if given:
                self._need(",")
            given.append(self._any(around))
        runs = around.runs
        self.spent += CALL * runs
        if name not in {"count", "not", "boolean", "last", "position", "true", "false", "id"}:
            given = given or [Value(kind="nodes", total=runs, **self._text(around))]
            self.spent += CHARACTER * sum(one.text for one in given) + SORT * sum(one.total for one in given)
        if name in {"contains", "starts-with", "substring-before", "substring-after", "translate"}:
            # The one is looked for at each place of the other.
            text, sought = (*given, *given)[:2]
            self.spent += CHARACTER * text.text * min(text.longest, sought.longest) * (sought.kind != "text")
            self.spent += CHARACTER * text.text * min(20, sought.longest)
            if name == "translate":
                self.spent += CHARACTER * text.text * sought.longest
        return self._result(name, given, around)

    def _result(self, name: str, given: list[Value], around: _Around) -> Value:
        if name == "concat" or name in TO_TEXT:
            # A set of nodes is the text of its first one.
            used = given if name == "concat" else given[:1]
            return Value(
                kind="made",
                total=around.runs,
                text=sum(min(one.text, around.runs * one.longest) for one in used),
                longest=sum(one.longest for one in used),
            )
        if name == "id":
            every = self.extent.elements
            self.spent += CHARACTER * sum(one.text for one in given)
            return self._nodes(every * around.runs, every, around.runs, self.extent.depth)
        return self._number(around) if name in TO_NUMBER else Value(kind="truth", longest=5)

    def _nodes(self, total: float, each: float, times: float, nest: float) -> Value:
        longest = float(self.extent.characters)
        text = min(total * longest, times * longest * max(nest, 1))
        return Value(kind="nodes", total=total, each=each, times=times, nest=nest, text=text, longest=longest)

    def _text(self, around: _Around) -> dict[str, float]:
        every = float(self.extent.characters)
        return {
            "text": min(around.runs * every, around.times * every * max(around.nest, 1)),
            "longest": every,
        }

    def _step(self, value: Value, around: _Around) -> Value:
        if self._take("."):
            return value
        if self._take(".."):
            return self._move(value, "parent", "node", around)
        axis = "attribute" if self._take("@") else "child"
        if self.tokens[self.at + 1] == "::":
            axis = self._take()
            self.at += 1
        test = self._take()
        if test != "*" and not NAME.match(test):
            raise _Unread
        if self._take("("):
            if self._next[:1] in QUOTES:
                self._take()
            self._need(")")
        return self._move(value, axis, test, around)

    def _move(self, value: Value, axis: str, test: str, around: _Around) -> Value:
        """One step from every node of a value, with its predicates."""
        of_test, nest = (self.extent.attributes, 1) if axis == "attribute" else self.extent.of(test)
        if axis == "attribute" and test != "*":
            of_test = min(of_test, self.extent.elements)
        reach = REACHES.get(axis)
        if reach is None:
            raise _Unread
        seen, times = reach(value, self.extent, test)
        found = min(seen, times * of_test)
        each = min(of_test, value.each * max(found, 1), found)
        self.spent += VISIT * seen
        result = self._nodes(found, each, times, min(nest, self.extent.depth))
        if axis == "attribute":
            size = self.extent.length_of(test)
            result = replace(result, text=min(result.text, found * size), longest=size)
        result = self._filtered(result, around, of=value)
        if value.each > 1 and axis not in APART:
            self.spent += MERGE * result.total * result.each
            times = min(times, around.runs)
            result = self._nodes(min(result.total, around.runs * of_test), result.each, times, nest)
        return result

    def _filtered(self, value: Value, around: _Around, *, of: Value | None = None) -> Value:
        """The value after its predicates, each asked of every node that a step from `of` found."""
        while self._take("["):
            start = self.at
            inner = _Around(runs=max(value.total, 1), times=max(value.times, 1), nest=max(value.nest, 1))
            self._any(inner)
            one = self.tokens[start : self.at]
            self._need("]")
            if one == ["last", "(", ")"] or (len(one) == 1 and one[0].isdigit()):
                total, each = (of.total, of.each) if of else (around.runs, 1)
                value = self._nodes(min(value.total, total), min(value.each, each), value.times, value.nest)
                continue
            self.spent += JUDGE * value.total
            if mark := mark_in(one):
                count, nest = self.extent.marked(mark)
                found = min(value.total, value.times * count)
                value = self._nodes(found, min(value.each, count), value.times, min(value.nest, nest))
        return value
