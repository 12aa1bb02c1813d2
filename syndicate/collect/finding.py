"""Items as an operator looks for them: by the original's address, ours, or words of the headline."""

import re

from syndicate.collect.identity import url_key
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.item_search import MOST_READ, ItemLine, Sought, list_lines, search_items
from syndicate.store.items import find_by_keys

__all__ = ["MOST_READ", "ItemLine", "Sought", "find_items", "list_items"]

_OUR_PAGE = re.compile(r"/items/([0-9a-f-]{36})/?$")
_ADDRESS = re.compile(r"(?:https?://)?[^\s/]+\.[^\s/]+(?:/\S*)?", re.IGNORECASE)


async def list_items(db: Database, sought: Sought) -> list[ItemLine]:
    """Items by source, age and state, the newest first."""
    return await db.read(search_items, sought)


async def find_items(db: Database, text: str, *, take: int) -> list[ItemLine]:
    """Items of an address, or those whose headline, or a brief's text, has all these words."""
    text = text.strip()
    if ours := _OUR_PAGE.search(text):
        return await db.read(list_lines, [ours[1]])
    if _ADDRESS.fullmatch(text):
        found = await db.read(_at, text if "://" in text else f"https://{text}")
        if found or "/" in text:
            return found
    return await db.read(search_items, Sought(words=tuple(text.split()), take=take))


def _at(conn: Connection, address: str) -> list[ItemLine]:
    ids = find_by_keys(conn, [url_key(address), f"guid:{address}"])
    return list_lines(conn, sorted(set(ids.values())))
