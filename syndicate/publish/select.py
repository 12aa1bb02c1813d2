"""Which items a feed or a section takes: the rule applied to items, nothing fetched."""

from collections.abc import Iterable
from datetime import datetime

from syndicate.model.feed import Selection
from syndicate.model.item import Item, ItemState


def matches(item: Item, selection: Selection) -> bool:
    """Whether the rule lets a live item through; an empty field lets everything through."""
    return (
        item.state is ItemState.LIVE
        and _allows(selection.sources, item.provenance.source)
        and _allows(selection.kinds, item.kind)
        and _allows(selection.sections, item.content.section)
        and _in_languages(selection.languages, item.content.language)
    )


def select(items: Iterable[Item], selection: Selection) -> list[Item]:
    """What the rule takes: each item once, newest first, at most `take`."""
    unique = {item.id: item for item in items if matches(item, selection)}
    return sorted(unique.values(), key=newest_first, reverse=True)[: selection.take]


def newest_first(item: Item) -> tuple[datetime, str]:
    """The key to sort by: publication, or collection where that is unknown; ids decide between equals."""
    published = item.content.published
    return (published.utc if published else item.collected, item.id)


def _allows(allowed: tuple[str, ...], value: str) -> bool:
    return not allowed or value in allowed


def _in_languages(ranges: tuple[str, ...], tag: str) -> bool:
    # RFC 4647, section 3.3.1: `en` takes `en-GB` too, whatever the case.
    return not ranges or any(f"{tag}-".lower().startswith(f"{each}-".lower()) for each in ranges)
