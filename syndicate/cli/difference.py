"""How a difference is shown: removed words in [-…-], added ones in {+…+}, also where there is no colour."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

MARKS = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}
# First strong isolate and its end (UAX #9): the marks stay beside their words in text of either direction.
ISOLATE, END = "\u2068", "\u2069"
# Words of what is the same that a short form keeps on each side of a change.
CONTEXT = 8
LONGEST = 300
NOTHING = "(none)"


def tell_changes(changes: Sequence[Mapping[str, Any]], *, indent: str = "", short: bool = False) -> None:
    """Print changes, as the JSON values of collect/diff; `short` cuts what is the same, and long values."""
    for change in changes:
        if change["paragraphs"]:
            click.echo(f"{indent}{change['field']}:")
            for paragraph in change["paragraphs"]:
                click.echo(f"{indent}  {render(paragraph, short=short)}")
        elif change["field"] == "markup":
            click.echo(f"{indent}markup: the words are the same")
        else:
            before, after = (_value(change[side], short=short) for side in ("before", "after"))
            click.echo(f"{indent}{change['field']}: {_marked(before, 'removed')} → {_marked(after, 'added')}")


def render(pieces: Sequence[Mapping[str, str]], *, short: bool = False) -> str:
    """A paragraph's pieces in one text."""
    parts = []
    for place, piece in enumerate(pieces):
        if piece["op"] in MARKS:
            parts.append(_marked(_value(piece["text"], short=short), piece["op"]))
        else:
            first, last = place == 0, place == len(pieces) - 1
            parts.append(_cut(piece["text"], first=first, last=last) if short else piece["text"])
    return "".join(parts)


def _marked(text: str, op: str) -> str:
    opening, closing, colour = MARKS[op]
    return click.style(f"{ISOLATE}{opening}{text}{closing}{END}", fg=colour)


def _value(text: str, *, short: bool) -> str:
    text = text or NOTHING
    return text if not short or len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _cut(text: str, *, first: bool, last: bool) -> str:
    """What is the same, with the words next to a change alone."""
    words = text.split(" ")
    if len(words) <= 2 * CONTEXT:
        return text
    begin = [] if first else words[:CONTEXT]
    end = [] if last else words[-CONTEXT:]
    return " ".join([*begin, "…", *end])
