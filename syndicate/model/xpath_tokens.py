"""The parts of an XPath expression, in order."""

import re

TOKEN = re.compile(
    r"\s*(\"[^\"]*\"|'[^']*'|\d+(?:\.\d*)?|\.\d+|[^\W\d][\w.-]*(?::(?!:)(?:[^\W\d][\w.-]*|\*))?"
    r"|::|//|\.\.|!=|<=|>=|\S)"
)
NAME = re.compile(r"[^\W\d]")
QUOTES = frozenset({'"', "'"})
NOT_BEFORE_OPERATOR = frozenset({
    "", "@", "::", "(", "[", ",", "and", "or", "mod", "div", "*op", "/", "//", "|", "+", "-", "=", "!=", "<",
    "<=", ">", ">=",
})  # fmt: skip
# `@id = 'x'`, and how cssselect writes `.x`.
EXACT = re.compile(r"@ (?P<name>[\w-]+) = (?P<value>'[^']*'|\"[^\"]*\")$")
WORD = re.compile(
    r"@ (?P<name>class) and contains \( concat \( ' ' , normalize-space \( @ class \) , ' ' \) ,"
    r" ' (?P<value>[^' ]+) ' \)$"
)


def tokens_of(expression: str) -> list[str]:
    """The tokens; `*` as an operator is `*op`, and a name is an operator where only one can stand."""
    found: list[str] = []
    for part in TOKEN.findall(expression):
        before = found[-1] if found else ""
        if part == "*" and before not in NOT_BEFORE_OPERATOR:
            part = "*op"
        found.append(part)
    return found


def mark_in(condition: list[str]) -> str:
    """The mark that an element must have where this holds, as the whole of it or before its first `and`."""
    depth = 0
    ends = [len(condition)]
    for place, part in enumerate(condition):
        depth += (part in {"(", "["}) - (part in {")", "]"})
        if not depth and part == "or":
            return ""
        if not depth and part == "and":
            ends.append(place)
    for end in sorted(ends)[:3]:
        text = " ".join(condition[:end])
        text = text[2:-2] if text.startswith("( @ ") and text.endswith(" )") else text
        if found := WORD.match(text):
            return f"{found['name']}~{found['value']}"
        if found := EXACT.match(text):
            return f"{found['name']}={found['value'][1:-1]}"
    return ""
