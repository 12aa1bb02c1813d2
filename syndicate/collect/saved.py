"""What would be read from saved pages: nothing is stored, nothing is fetched."""

import gzip
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syndicate.errors import Unreadable
from syndicate.extract.page import Page, extract

TYPES = {".txt": "text/plain", ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}


def extract_saved(path: Path, *, url: str = "", fast: bool = False) -> Mapping[str, Any]:
    """One saved page (`.gz` is unpacked, `-` is standard input) as the keys of `extract --jsonl`.

    `fast` forgoes a second opinion where little text is found. A page that cannot be read has an `error`
    instead of raising.
    """
    try:
        page = extract(_bytes(path), url=url, content_type=_type(path), fast=fast)
    except Unreadable as error:
        return {"file": str(path), "url": url, "error": str(error)}
    return {"file": str(path)} | _keys(page)


def _type(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return TYPES.get(Path(name).suffix.lower(), "")


def _bytes(path: Path) -> bytes:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error


def _keys(page: Page) -> dict[str, Any]:
    image, notice = page.image, page.notice
    return {
        "url": page.url,
        "kind": page.kind,
        "headline": page.headline,
        "authors": list(page.authors),
        "credit": page.credit,
        "published": str(page.published) if page.published else None,
        "updated": str(page.updated) if page.updated else None,
        # Nothing of a page is read as the end of its time yet.
        "not_after": None,
        "language": page.language,
        "direction": page.direction,
        "section": page.section,
        "image": image and {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height},
        "body_text": page.body_text,
        "body_html": page.body_html,
        "briefs": [
            {"text": one.text, "url": one.url or None, "section": one.section, "fingerprint": one.fingerprint}
            for one in page.briefs
        ],
        "archive_notice": notice and {"text": notice.text, "successor_url": notice.successor_url},
        "warnings": list(page.warnings),
    }
