"""What was fetched before, so that an unchanged page costs no parse and an image is fetched once."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from syndicate.model.item import Image
from syndicate.store.dialect import fitted, insert
from syndicate.store.schema import media, pages

URL_WIDTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStatus:
    """One URL or file of a source: its validators (RFC 9110, section 8.8) and the hash of its last bytes.

    `own` marks what holds no story but lists the pages that do. `failures` counts definite refusals in a row;
    while there are any, it is not asked for until `not_before`.
    """

    source: str
    url: str
    captured: datetime
    etag: str = ""
    last_modified: str = ""
    content_hash: str = ""
    own: bool = False
    failures: int = 0
    not_before: datetime | None = None


_COLUMNS = [pages.c[name] for name in PageStatus.__dataclass_fields__]


def find_page(conn: Connection, source: str, *, url: str) -> PageStatus | None:
    """How the page was when last fetched, None for never."""
    query = select(*_COLUMNS).where(pages.c.source == source, pages.c.key == fitted(url, URL_WIDTH))
    row = conn.execute(query).one_or_none()
    return None if row is None else PageStatus(**row._mapping)


def list_pages(conn: Connection, source: str) -> dict[str, PageStatus]:
    """Every page of the source, by its URL, in the order of their keys."""
    rows = conn.execute(select(*_COLUMNS).where(pages.c.source == source).order_by(pages.c.key))
    return {row.url: PageStatus(**row._mapping) for row in rows}


def save_page(conn: Connection, page: PageStatus) -> None:
    """Remember the page; the source must be known."""
    row = asdict(page) | {"key": fitted(page.url, URL_WIDTH)}
    changes = {name: value for name, value in row.items() if name not in {"source", "key"}}
    statement = insert(conn, pages).values(row)
    conn.execute(statement.on_conflict_do_update(index_elements=["source", "key"], set_=changes))


def find_media(conn: Connection, url: str) -> Image | None:
    """The image of that URL as it lies in the media store, without alternative text; None if it does not."""
    row = conn.execute(select(media).where(media.c.url == fitted(url, URL_WIDTH))).one_or_none()
    if row is None:
        return None
    return Image(
        url=url,
        media=row.name,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        size=row.size,
    )


def save_media(conn: Connection, image: Image, *, now: datetime) -> None:
    """Remember that the image lies in the media store as `image.media`."""
    row = {
        "name": image.media,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "size": image.size,
        "captured": now,
    }
    statement = insert(conn, media).values(url=fitted(image.url, URL_WIDTH), **row)
    conn.execute(statement.on_conflict_do_update(index_elements=["url"], set_=row))
