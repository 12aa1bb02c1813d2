"""Content and notices ↔ JSON, without loss, and the hash that tells whether content moved.

Absent keys take the value's default on the way in, so that a field added to the model needs no migration.
"""

import hashlib
import json
from typing import Any

from syndicate.model.item import Content, Image, Notice, PageWords, Timestamp

TEXTS = (
    "headline",
    "body_text",
    "body_html",
    "summary",
    "credit",
    "section",
    "language",
    "direction",
    "url",
)
STAMPS = ("published", "updated")
# What fetching an image adds to it: the page has not changed when we have, so the hash leaves these out.
FETCHED = ("media", "media_type", "size")


def to_json(content: Content) -> dict[str, Any]:
    """Plain values for a JSON column."""
    stamps = {name: getattr(content, name) for name in STAMPS}
    return {
        **{name: getattr(content, name) for name in TEXTS},
        **{name: None if stamp is None else str(stamp) for name, stamp in stamps.items()},
        "authors": list(content.authors),
        "image": None if content.image is None else _image_to_json(content.image),
    }


def from_json(data: dict[str, Any]) -> Content:
    """The content that `to_json` was given."""
    found: dict[str, Any] = {name: data[name] for name in TEXTS if name in data}
    found |= {name: Timestamp.parse(data[name]) for name in STAMPS if data.get(name)}
    image = data.get("image")
    return Content(
        **found,
        authors=tuple(data.get("authors", ())),
        image=None if image is None else Image(**image),
    )


def notice_to_json(notice: Notice | None) -> dict[str, str] | None:
    """Plain values for a JSON column; None stays None."""
    if notice is None:
        return None
    return {"text": notice.text, "successor_url": notice.successor_url, "language": notice.language}


def notice_from_json(data: dict[str, str] | None) -> Notice | None:
    """The notice that `notice_to_json` was given."""
    return None if data is None else Notice(**data)


def page_words_to_json(said: PageWords | None) -> dict[str, str] | None:
    """Plain values for a JSON column; what no correction overrides is left out, None stays None."""
    if said is None:
        return None
    found = {name: getattr(said, name) for name in PageWords.__dataclass_fields__}
    return {name: value for name, value in found.items() if value is not None}


def page_words_from_json(data: dict[str, str] | None) -> PageWords | None:
    """The words that `page_words_to_json` was given."""
    return None if data is None else PageWords(**data)


def content_hash(content: Content) -> str:
    """SHA-256 in hex over everything that the page said; equal for equal content, in every process."""
    # Empty values are left out, so that a field added later moves no hash of what lacks it.
    data = {name: value for name, value in to_json(content).items() if value}
    if content.image is not None:
        data["image"] = {name: value for name, value in data["image"].items() if name not in FETCHED}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _image_to_json(image: Image) -> dict[str, Any]:
    return {name: getattr(image, name) for name in Image.__dataclass_fields__}
