"""Which pages the sitemaps list, and when they are written again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from syndicate.formats.parse_sitemap import parse_sitemap
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Item, ItemKind, ItemState, Timestamp
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from syndicate.publish import sitemaps
from syndicate.publish.feeds import Publishing
from syndicate.publish.sitemaps import publish_news_sitemap, publish_sitemaps
from syndicate.store.database import Database
from syndicate.store.items import save_item, save_revision
from tests.builders import NOON, a_clock, a_feed, a_newsletter, a_provenance, a_source, an_item

BASE = "https://news.example"
CATALOGUE = Catalogue(
    site=Site(base_url=BASE, name="Harbour Courier"),
    sources={
        "harbour": a_source(rights=Rights(publish=Publish.FULL)),
        "wire": a_source(name="wire", rights=Rights(publish=Publish.LINK)),
    },
    feeds={"all": a_feed()},
    newsletters={"daily": a_newsletter()},
)


@pytest.fixture
def publishing(db: Database, tmp_path: Path) -> Publishing:
    return Publishing(
        db=db,
        catalogue=CATALOGUE,
        public_dir=tmp_path / "public",
        now=a_clock(),
        mint=lambda: str(uuid4()),
    )


def save(publishing: Publishing, **change: Any) -> Item:
    item = an_item(**{"id": str(uuid4()), **change})
    publishing.db.write_now(save_item, item, keys=[f"url:{item.id}"])
    return item


def listed(publishing: Publishing, name: str) -> list[str]:
    data = (publishing.public_dir / name).read_bytes()
    return [place.url for place in parse_sitemap(data, url=f"{BASE}/{name}").places]


def page_of(item: Item) -> str:
    return f"{BASE}/items/{item.id}"


async def test_articles_are_listed_by_the_month_that_brought_them(publishing: Publishing) -> None:
    march = save(publishing, collected=NOON)
    april = save(publishing, collected=NOON + timedelta(days=40))
    await publish_sitemaps(publishing)
    assert listed(publishing, "sitemap-2026-03.xml") == [page_of(march)]
    assert listed(publishing, "sitemap-2026-04.xml") == [page_of(april)]


async def test_the_index_lists_every_file_that_stands(publishing: Publishing) -> None:
    save(publishing, collected=NOON)
    await publish_sitemaps(publishing)
    names = [url.removeprefix(f"{BASE}/") for url in listed(publishing, "sitemap.xml")]
    assert names == ["sitemap-site.xml", "sitemap-news.xml", "sitemap-2026-03.xml"]
    assert all((publishing.public_dir / name).is_file() for name in names)


async def test_briefs_links_and_withdrawn_articles_are_not_listed(publishing: Publishing) -> None:
    kept = save(publishing)
    save(publishing, kind=ItemKind.BRIEF)
    save(publishing, provenance=a_provenance(source="wire"))
    gone = save(publishing)
    publishing.db.write_now(save_revision, replace(gone, revision=2, state=ItemState.WITHDRAWN), keys=[])
    await publish_sitemaps(publishing)
    assert listed(publishing, "sitemap-2026-03.xml") == [page_of(kept)]


async def test_only_the_month_of_a_changed_article_is_written_again(publishing: Publishing) -> None:
    save(publishing, collected=NOON + timedelta(days=40))
    item = save(publishing, collected=NOON)
    await publish_sitemaps(publishing)
    publishing.db.write_now(
        save_revision, replace(item, revision=2, changed=NOON + timedelta(days=1)), keys=[]
    )
    assert (await publish_sitemaps(publishing)).written == ("sitemap-2026-03.xml", "sitemap.xml")


async def test_nothing_new_writes_nothing(publishing: Publishing) -> None:
    save(publishing)
    await publish_sitemaps(publishing)
    assert (await publish_sitemaps(publishing)).written == ()


async def test_a_month_whose_file_is_gone_is_written_again(publishing: Publishing) -> None:
    save(publishing)
    await publish_sitemaps(publishing)
    (publishing.public_dir / "sitemap-2026-03.xml").unlink()
    assert (await publish_sitemaps(publishing)).written == ("sitemap-2026-03.xml",)


async def test_a_month_without_articles_any_more_goes(publishing: Publishing) -> None:
    item = save(publishing)
    await publish_sitemaps(publishing)
    publishing.db.write_now(save_revision, replace(item, revision=2, state=ItemState.WITHDRAWN), keys=[])
    await publish_sitemaps(publishing)
    assert not list(publishing.public_dir.glob("sitemap-2026-03*"))
    assert f"{BASE}/sitemap-2026-03.xml" not in listed(publishing, "sitemap.xml")


async def test_a_month_too_large_for_one_file_has_several(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "MAX_PAGES", 2)
    pages = {page_of(save(publishing)) for _ in range(5)}
    await publish_sitemaps(publishing)
    names = ["sitemap-2026-03.xml", "sitemap-2026-03-2.xml", "sitemap-2026-03-3.xml"]
    files = [listed(publishing, name) for name in names]
    assert [len(file) for file in files] == [2, 2, 1]
    assert {url for file in files for url in file} == pages


async def test_the_other_pages_of_the_site_have_a_sitemap(publishing: Publishing) -> None:
    await publish_sitemaps(publishing)
    assert listed(publishing, "sitemap-site.xml") == [
        f"{BASE}/",
        f"{BASE}/feeds",
        f"{BASE}/feeds/all.html",
        f"{BASE}/newsletters/daily",
    ]


def published(age: timedelta) -> Timestamp:
    return Timestamp(instant=NOON - age)


async def test_news_are_what_was_published_in_two_days(publishing: Publishing) -> None:
    fresh = save(publishing, published=published(timedelta(hours=47)))
    save(publishing, published=published(timedelta(hours=49)))
    save(publishing, published=published(-timedelta(hours=1)))
    await publish_news_sitemap(publishing)
    assert listed(publishing, "sitemap-news.xml") == [page_of(fresh)]


@pytest.mark.parametrize("change", [{"archived": True}, {"published": None}, {"kind": ItemKind.BRIEF}])
async def test_what_is_archived_undated_or_a_brief_is_no_news(
    publishing: Publishing, change: dict[str, Any]
) -> None:
    save(publishing, **{"published": published(timedelta(hours=1)), **change})
    await publish_news_sitemap(publishing)
    assert listed(publishing, "sitemap-news.xml") == []


async def test_the_news_are_a_thousand_at_most_the_newest(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "MAX_NEWS", 2)
    items = [save(publishing, published=published(timedelta(hours=hours))) for hours in (3, 1, 2)]
    await publish_news_sitemap(publishing)
    assert listed(publishing, "sitemap-news.xml") == [page_of(items[1]), page_of(items[2])]


async def test_a_link_to_another_site_is_no_news_of_ours(publishing: Publishing) -> None:
    save(publishing, published=published(timedelta(hours=1)), provenance=a_provenance(source="wire"))
    await publish_news_sitemap(publishing)
    assert listed(publishing, "sitemap-news.xml") == []
