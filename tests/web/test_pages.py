from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.audience.subscriptions import consent_wording
from syndicate.model.item import Image, Item, Timestamp
from syndicate.model.newsletter import Issue, IssueItem, IssueState
from syndicate.model.source import Publish, Rights
from syndicate.publish.feeds import publish_feed
from syndicate.publish.pages import newsletter_card
from syndicate.store import issues, items
from syndicate.store.database import Database
from tests.builders import NOON, a_notice, a_source, an_item
from tests.web.conftest import Running, a_site

ITEM = an_item()
OLD = an_item(
    id="6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b12",
    archived=True,
    page_notice=a_notice(),
    headline="کشتی به جزیره‌ها بازگشت",
    body_html="<p>کشتی سپیده‌دم راهی شد.</p>",
    body_text="کشتی سپیده‌دم راهی شد.",
    summary="کشتی سپیده‌دم راهی شد.",
    language="fa",
    direction="rtl",
    authors=(),
    published=None,
)


async def save(site: Running, item: Item) -> str:
    await site.db.write(items.save_item, item, keys=[f"url:{item.id}"])
    return f"/items/{item.id}"


async def an_issue(site: Running, **change: object) -> Issue:
    await save(site, ITEM)
    made = Issue(
        id=0,
        newsletter="daily",
        number=1,
        state=IssueState.COMPILED,
        compiled=NOON,
        subject="The Daily Tide: Ferry returns",
        web_html="<!doctype html><html lang='en'><title>Issue</title><p style='color:red'>Ferry returns",
        items=(IssueItem(item_id=ITEM.id, revision=1, section="News", position=0),),
    )
    saved = await site.db.write(issues.create_issue, replace(made, **change))  # type: ignore[arg-type]
    assert saved is not None
    return saved


async def release(site: Running, issue: Issue) -> None:
    def begin(conn: object) -> None:
        conn.exec_driver_sql(f"UPDATE issues SET state = 'sending' WHERE id = {issue.id}")  # type: ignore[attr-defined]

    await site.db.write(begin)


async def test_the_front_page_says_what_there_is(site: Running) -> None:
    await save(site, ITEM)
    answer = await site.get("/")
    assert answer.status == 200
    assert "What Harbour Courier publishes" in answer.text
    assert "Ferry returns to the northern islands" in answer.text
    assert "The Daily Tide" in answer.text
    assert "Every day at 07:00 (Europe/Berlin)" in answer.text
    assert "هر روز ساعت ۰۷:۰۰" in answer.text
    assert 'action="/newsletters/daily/subscriptions"' in answer.text


async def test_an_undated_story_of_an_archive_does_not_stand_first(site: Running) -> None:
    await save(site, ITEM)
    await save(site, replace(OLD, collected=NOON))
    text = (await site.get("/")).text
    assert text.index("Ferry returns") < text.index("کشتی به جزیره‌ها")


async def test_the_first_story_of_the_front_page_has_its_picture_and_no_other_has(site: Running) -> None:
    image = Image(url="https://courier.example/f.jpg", alt="A ferry", width=900, height=500, media="f.png")
    for number, days in ((1, 0), (2, 1)):
        item = an_item(id=f"00000000-0000-4000-8000-{number:012}", image=image)
        published = Timestamp(instant=NOON - timedelta(days=days))
        await save(site, replace(item, content=replace(item.content, published=published)))
    text = (await site.get("/")).text
    assert text.count('<img src="/media/f.png" alt="A ferry" width="900" height="500">') == 1
    assert text.index("<img") < text.rindex('<h3><a href="/items/')


async def test_a_feed_s_address_stands_there_whole(site: Running) -> None:
    assert f">{site.base_url}/feeds/all.rss</code>" in (await site.get("/feeds")).text


async def test_the_front_page_lets_feed_readers_find_every_format(site: Running) -> None:
    text = (await site.get("/")).text
    for suffix, kind in (("rss", "rss+xml"), ("atom", "atom+xml"), ("json", "feed+json")):
        url = f"{site.base_url}/feeds/all.{suffix}"
        assert f'<link rel="alternate" type="application/{kind}"' in text
        assert f'href="{url}"' in text


async def test_the_front_page_stands_with_nothing_published(site: Running) -> None:
    answer = await site.get("/")
    assert answer.status == 200
    assert "Nothing has been published yet." in answer.text


async def test_the_front_page_is_in_the_site_s_language(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        english = site.serving.catalogue
        persian = replace(english.site, language="fa", name="پیک بندر")
    async with a_site(sqlite_db, tmp_path, catalogue={"site": persian}) as site:
        text = (await site.get("/")).text
    assert '<html lang="fa" dir="rtl">' in text
    assert "آنچه پیک بندر منتشر می‌کند" in text


async def test_pages_need_one_request_and_one_stylesheet_and_no_script(site: Running) -> None:
    text = (await site.get("/")).text
    assert text.count('rel="stylesheet"') == 1
    assert "<script" not in text
    assert "style=" not in text


async def test_every_page_has_security_headers_and_no_cookie(site: Running) -> None:
    for path in ("/", "/feeds", "/newsletters/daily", "/nothing", "/healthz", "/unsubscribe/x"):
        headers = (await site.get(path)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers


async def test_no_page_believes_the_host_header(site: Running) -> None:
    path = await save(site, ITEM)
    for page in ("/", path, "/newsletters/daily"):
        assert "evil.example" not in (await site.get(page, Host="evil.example")).text


async def test_an_item_has_its_original_date_and_a_link_to_the_original(site: Running) -> None:
    answer = await site.get(await save(site, ITEM))
    assert answer.status == 200
    assert '<html lang="en" dir="ltr">' in answer.text
    exact = '<time datetime="2019-05-03T06:30:00+02:00" title="3 May 2019, 06:30 GMT+02:00">3 May 2019</time>'
    assert f"Published {exact}" in answer.text
    assert "By Mina Vale" in answer.text
    assert "It carried forty passengers." in answer.text
    original = "https://old.courier.example/2019/ferry"
    assert f'<link rel="canonical" href="{original}">' in answer.text
    assert f'<a href="{original}">Read the original</a>' in answer.text


async def test_a_credit_line_travels_with_a_full_item_once(site: Running) -> None:
    text = (await site.get(await save(site, an_item(credit="With reporting by Tide Radio")))).text
    assert text.count("With reporting by Tide Radio") == 1


async def test_an_archived_item_has_its_notice_above_the_headline_and_once(site: Running) -> None:
    archived = replace(ITEM, archived=True)
    text = (await site.get(await save(site, archived))).text
    assert text.count('class="archive-notice"') == 1
    assert text.index('class="archive-notice"') < text.index("<h1>")
    assert 'href="https://courier.example/"' in text
    assert "From the archive of The Old Harbour Courier" in text


async def test_a_persian_item_is_a_persian_page(site: Running) -> None:
    text = (await site.get(await save(site, OLD))).text
    assert '<html lang="fa" dir="rtl">' in text
    assert "خواندن نسخهٔ اصلی" in text
    assert "بدون تاریخ" in text or "ثبت" in text


async def test_an_item_that_may_only_be_begun_says_so(sqlite_db: Database, tmp_path: Path) -> None:
    teaser = a_source(rights=Rights(holder="The Lantern", publish=Publish.TEASER))
    async with a_site(sqlite_db, tmp_path, catalogue={"sources": {"harbour": teaser}}) as site:
        text = (await site.get(await save(site, an_item(credit="With reporting by Tide Radio")))).text
    assert "The ferry sailed at dawn." in text
    assert text.count("With reporting by Tide Radio") == 1
    assert "forty passengers" not in text
    assert "The original has the whole text." in text
    assert "Rights: The Lantern" in text


async def test_what_an_outsider_wrote_cannot_break_out(site: Running) -> None:
    hostile = an_item(
        headline='"><script>alert(1)</script>',
        section="<b>x</b>",
        authors=("<i>Eve</i>",),
        body_html="<p onclick=x>Hi<script>alert(1)</script></p>",
    )
    text = (await site.get(await save(site, hostile))).text
    assert "<script" not in text
    assert "onclick" not in text
    assert "<i>Eve" not in text
    assert "<b>x" not in text


async def test_a_withdrawn_item_is_gone_and_says_so(site: Running) -> None:
    path = await save(site, ITEM)

    def withdraw(conn: object) -> None:
        conn.exec_driver_sql("UPDATE items SET state = 'withdrawn'")  # type: ignore[attr-defined]

    await site.db.write(withdraw)
    answer = await site.get(path)
    assert answer.status == 410
    assert "This has been withdrawn" in answer.text
    assert "forty passengers" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/items/none",
        "/newsletters/hourly",
        "/newsletters/daily/1",
        "/newsletters/daily/99999999999999999999",
        "/media/none.png",
        "/media/..%2fsecret.key",
        "/media/.hidden.png",
        "/items/%00",
    ],
)
async def test_what_is_not_there_is_a_404_that_says_what_to_do(site: Running, path: str) -> None:
    answer = await site.get(path)
    assert answer.status == 404
    assert "There is nothing here" in answer.text
    assert 'href="/"' in answer.text


async def test_a_newsletter_s_page_lists_the_issues_that_went_out(site: Running) -> None:
    issue = await an_issue(site)
    assert "The Daily Tide: Ferry returns" not in (await site.get("/newsletters/daily")).text
    await release(site, issue)
    text = (await site.get("/newsletters/daily")).text
    assert "The Daily Tide: Ferry returns" in text
    assert "1 March 2026" in text
    assert 'href="/newsletters/daily/1"' in text


async def test_a_web_copy_appears_when_the_issue_is_released(site: Running) -> None:
    issue = await an_issue(site)
    assert (await site.get("/newsletters/daily/1")).status == 404
    await release(site, issue)
    answer = await site.get("/newsletters/daily/1")
    assert answer.status == 200
    assert "Ferry returns" in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert '<a href="/newsletters/daily#address-daily">Get The Daily Tide by e-mail</a>' in answer.text


async def test_our_own_images_are_shown_wherever_we_are_served(site: Running) -> None:
    picture = Image(url="https://old.courier.example/a.png", media="a1b2.png", width=2, height=1)
    path = await save(site, replace(ITEM, content=replace(ITEM.content, image=picture)))
    assert '<img src="/media/a1b2.png"' in (await site.get(path)).text
    base_url = site.serving.catalogue.site.base_url
    web_html = f'<!doctype html><title>Issue</title><img src="{base_url}/media/a1b2.png">'
    made = Issue(
        id=0,
        newsletter="daily",
        number=1,
        state=IssueState.COMPILED,
        compiled=NOON,
        web_html=web_html,
        items=(IssueItem(item_id=ITEM.id, revision=1, section="News", position=0),),
    )
    saved = await site.db.write(issues.create_issue, made)
    assert saved is not None
    await release(site, saved)
    assert '<img src="/media/a1b2.png">' in (await site.get("/newsletters/daily/1")).text


async def test_the_consent_on_the_page_is_the_one_that_is_kept(site: Running) -> None:
    for newsletter in site.serving.catalogue.newsletters.values():
        card = newsletter_card(newsletter, site.serving.catalogue)
        assert card.consent == consent_wording(site.people, newsletter)


async def test_an_image_is_immutable(site: Running) -> None:
    site.serving.media_dir.mkdir()
    (site.serving.media_dir / "a1b2.png").write_bytes(b"\x89PNG")
    answer = await site.get("/media/a1b2.png")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer.headers["Cache-Control"]


async def test_a_file_that_is_no_image_is_not_served(site: Running) -> None:
    site.serving.media_dir.mkdir()
    (site.serving.media_dir / "page.html").write_bytes(b"<script>")
    assert (await site.get("/media/page.html")).status == 404


async def test_the_stylesheet_is_kept_for_ever_under_its_hash(site: Running) -> None:
    text = (await site.get("/")).text
    named = text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await site.get(named)
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    plain = await site.get("/static/site.css")
    assert "immutable" not in plain.headers["Cache-Control"]
    again = await site.get("/static/site.css", If_None_Match=plain.headers["ETag"])
    assert again.status == 304


async def test_health_is_told_while_the_database_answers(site: Running) -> None:
    alive, ready = await site.get("/healthz"), await site.get("/readyz")
    assert (alive.status, alive.body) == (200, b'{"status":"ok"}')
    assert (ready.status, ready.body) == (200, b'{"status":"ready","database":"reached"}')


async def test_a_database_out_of_reach_is_a_503_with_retry_after(
    site: Running, sqlite_db: Database, tmp_path: Path
) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    try:
        async with a_site(gone, tmp_path / "b") as broken:
            alive, answer = await broken.get("/healthz"), await broken.get("/readyz")
            page = await broken.get("/")
    finally:
        gone.close()
    assert (alive.status, answer.status, page.status) == (200, 503, 503)
    assert answer.headers["Retry-After"] == "60"
    assert "Something went wrong on our side" in page.text


async def test_a_fault_of_ours_is_a_page_without_its_details(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        await site.db.write(lambda conn: conn.exec_driver_sql("ALTER TABLE items RENAME TO lost"))
        answer = await site.get("/")
    assert answer.status == 500
    assert "Something went wrong on our side" in answer.text
    assert "no such table" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_page_asked_in_a_way_it_does_not_know_says_so(site: Running) -> None:
    answer = await site.post("/items/x")
    assert answer.status == 405
    assert "This page cannot do that" in answer.text


async def test_the_twin_of_a_feed_is_linked_and_served(site: Running) -> None:
    await save(site, ITEM)
    await publish_feed(site.publishing, "all")
    assert 'href="/feeds/all.html"' in (await site.get("/feeds")).text
    assert (await site.get("/feeds/all.html")).status == 200


async def test_a_site_behind_a_path_links_below_it(sqlite_db: Database, tmp_path: Path) -> None:
    async with a_site(sqlite_db, tmp_path) as site:
        behind = replace(site.serving.catalogue.site, base_url="https://courier.example/news/")
    async with a_site(sqlite_db, tmp_path, catalogue={"site": behind}) as site:
        text = (await site.get("/")).text
    assert 'action="/news/newsletters/daily/subscriptions"' in text
    assert 'href="https://courier.example/news/feeds/all.rss"' in text
