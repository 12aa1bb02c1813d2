"""The page as one row of blocks: each with the whole of its text."""

import pytest

from syndicate.extract.body.blocks import read_blocks
from syndicate.extract.tree import parse


def texts(html: str) -> list[str]:
    tree = parse(f"<body>{html}</body>")
    assert tree is not None
    return [block.text for block in read_blocks(tree)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>At <b>sea</b> again</p>", ["At sea again"]),
        ("<div>One <span>a<b>b</b>c</span> two<p>three</p></div>", ["One abc two", "three"]),
        ("<div><p>one</p>two <i>or</i> three<p>four</p></div>", ["one", "two or three", "four"]),
    ],
)
def test_no_word_of_a_block_is_lost(html: str, found: list[str]) -> None:
    assert texts(html) == found
