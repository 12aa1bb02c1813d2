"""Markdown (CommonMark, with tables and strike-through) → HTML that is safe to publish."""

from functools import cache

from markdown_it import MarkdownIt

from syndicate.formats.html import sanitize

# Rendering is quick on what people write, and not on all that can be written.
MAX_CHARACTERS = 1_000_000


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render_markdown(text: str, *, base_url: str) -> str:
    """The text as sanitised HTML with absolute URLs; what is over a million characters is left out."""
    return sanitize(str(_renderer().render(text[:MAX_CHARACTERS])), base_url=base_url)
