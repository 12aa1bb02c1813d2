"""Lists of tags, `name=value; name=value`, as DKIM (RFC 6376, section 3.2), DMARC and others write them."""

import re

from syndicate.errors import Unreadable

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_tags(text: str) -> dict[str, str]:
    """The tags in their order. Raises Unreadable on what is no list of them, or where a name comes twice."""
    tags: dict[str, str] = {}
    parts = text.split(";")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not NAME.fullmatch(name):
            raise Unreadable(f"{part.strip()[:60]!r} is no tag: name=value")
        if name in tags:
            raise Unreadable(f"the tag {name}= stands there twice")
        tags[name] = value.strip()
    return tags


def is_version(text: str, version: str) -> bool:
    """Whether the record begins with that v= tag, by which records of one kind are told from others."""
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip() == "v" and value.strip() == version
