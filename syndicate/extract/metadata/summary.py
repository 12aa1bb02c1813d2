"""The summary of an article that states none: the beginning of its body."""

from syndicate.formats.html import truncate_words

WORDS = 60


def summary_of(body_text: str) -> str:
    """The first 60 words of the first paragraph."""
    return truncate_words(body_text.split("\n\n", 1)[0], WORDS)
