"""Where a value stands in a JSON text: the parser forgets lines, so a second look finds those that matter."""

import re
from collections.abc import Collection
from typing import Any

Path = tuple[Any, ...]

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
# Beyond this, a look would take longer than the answer is worth.
LONGEST = 5_000_000


def lines_of(text: str, paths: Collection[Path]) -> dict[Path, tuple[int, int]]:
    """Line and column, from 1, of each path; one that leads to nothing gets those of where it ends."""
    if not paths or len(text) > LONGEST:
        return {}
    wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
    found = _found(text, wanted)
    told: dict[Path, tuple[int, int]] = {}
    for path in paths:
        near = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in found), ())
        at = found.get(near, 0)
        told[path] = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return told


def _found(text: str, wanted: set[Path]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    # Of each open value its path's last part: a number in an array, a name in an object.
    stack: list[Any] = []
    kinds: list[str] = []
    names: bool = False
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            _note(found, wanted, stack, token.start())
            kinds.append(sign)
            stack.append(0 if sign == "[" else None)
            names = sign == "{"
        elif sign in "}]":
            if kinds:
                kinds.pop()
                stack.pop()
            names = False
        elif sign == ",":
            if kinds and kinds[-1] == "[":
                stack[-1] += 1
            names = bool(kinds) and kinds[-1] == "{"
        elif names and sign != ":":
            stack[-1] = sign[1:-1]
            _note(found, wanted, stack, token.start())
            names = False
        elif sign != ":":
            _note(found, wanted, stack, token.start())
    return found


def _note(found: dict[Path, int], wanted: set[Path], stack: list[Any], at: int) -> None:
    path = tuple(stack)
    if path in wanted and path not in found:
        found[path] = at
