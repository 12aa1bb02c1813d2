"""Pages after the operator's word: what was withdrawn is gone from each, what was corrected says so."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.model.item import Image, Item, Timestamp
from syndicate.model.newsletter import Issue, IssueItem, IssueState, Newsletter
from syndicate.publish.corrections import Editing, correct_item, restore_item, withdraw_item
from syndicate.publish.digest import render
from syndicate.publish.digest_view import Pick, digest_view
from syndicate.publish.wording import Wording
from syndicate.store import issues, items
from syndicate.store.database import Database
from syndicate.templating import Templates
from tests.builders import NOON, an_item
from tests.digests import an_id
from tests.web.conftest import Running, a_site

FERRY = an_item(id=an_id(1), headline="Ferry returns to the islands", image=None)
LAMP = an_item(id=an_id(2), headline="The lighthouse gets a lamp", url="https://old.courier.example/lamp")
KESHTI = an_item(
    id=an_id(3),
    headline="کشتی به جزیره‌ها بازگشت",
    language="fa",
    direction="rtl",
    url="https://old.courier.example/3",
)
NOTE = "No ferry sailed."
MARKS = re.compile(r"<!--/?item[^>]*-->")


async def save(site: Running, *stored: Item) -> None:
    for item in stored:
        await site.db.write(items.save_item, item, keys=[f"url:{item.id}"])


def editing(site: Running) -> Editing:
    return Editing(db=site.db, catalogue=site.serving.catalogue, now=lambda: NOON)


async def withdraw(site: Running, item: Item, note: str = NOTE) -> None:
    await withdraw_item(editing(site), item.id, note=note)


async def an_issue(site: Running, *held: Item, marked: bool = True, newsletter: str = "daily") -> Issue:
    """An issue of these items as it was rendered, and begun."""
    letter: Newsletter = site.serving.catalogue.newsletters[newsletter]
    picks = [Pick(item=item, section="News") for item in held]
    view = digest_view(picks, letter, catalogue=site.serving.catalogue, number=1, at=NOON)
    rendering = render(view, templates=Templates())
    made = Issue(
        id=0,
        newsletter=newsletter,
        number=1,
        state=IssueState.SENDING,
        compiled=NOON,
        subject=view.subject,
        web_html=rendering.web_html if marked else MARKS.sub("", rendering.web_html),
        items=tuple(
            IssueItem(item_id=item.id, revision=1, section="News", position=at)
            for at, item in enumerate(held)
        ),
    )
    saved = await site.db.write(issues.create_issue, made)
    assert saved is not None
    return saved


async def test_a_withdrawn_item_is_gone_with_date_note_and_a_way_onward(site: Running) -> None:
    await save(site, FERRY)
    await withdraw(site, FERRY)
    answer = await site.get(f"/items/{FERRY.id}")
    assert answer.status == 410
    for said in ("This has been withdrawn", "Withdrawn 1 March 2026.", NOTE, 'href="/"'):
        assert said in answer.text
    for unsaid in ("Ferry returns", "forty passengers"):
        assert unsaid not in answer.text
    await restore_item(editing(site), FERRY.id, note="It did.")
    assert (await site.get(f"/items/{FERRY.id}")).status == 200


async def test_a_withdrawn_persian_item_says_so_in_persian(site: Running) -> None:
    await save(site, KESHTI)
    await withdraw(site, KESHTI, "کشتی‌ای نبود.")
    answer = await site.get(f"/items/{KESHTI.id}")
    assert '<html lang="fa" dir="rtl"' in answer.text
    assert "۱۰ اسفند ۱۴۰۴" in answer.text
    assert "کشتی‌ای نبود." in answer.text
    assert "بازگشت" not in answer.text


async def test_a_note_cannot_break_out(site: Running) -> None:
    await save(site, FERRY, LAMP)
    await an_issue(site, FERRY, LAMP)
    await withdraw(site, FERRY, "<script>x()</script>")
    await correct_item(editing(site), LAMP.id, note="<script>y()</script>", change=Wording())
    for path in (f"/items/{FERRY.id}", "/newsletters/daily/1", f"/items/{LAMP.id}"):
        assert "<script" not in (await site.get(path)).text


async def test_a_corrected_item_says_so_above_its_text(site: Running) -> None:
    await save(site, FERRY)
    await correct_item(editing(site), FERRY.id, note="It sailed at seven.", change=Wording())
    text = (await site.get(f"/items/{FERRY.id}")).text
    assert text.count("It sailed at seven.") == 1
    assert text.index("It sailed at seven.") < text.index("The ferry sailed at dawn.")


async def test_a_corrected_item_was_updated_when_it_was_corrected(site: Running) -> None:
    stated = Timestamp(instant=NOON - timedelta(days=400))
    item = replace(FERRY, content=replace(FERRY.content, updated=stated))
    await save(site, item)
    assert str(stated) in (await site.get(f"/items/{item.id}")).text
    await correct_item(editing(site), item.id, note="It sailed at seven.", change=Wording())
    text = (await site.get(f"/items/{item.id}")).text
    assert str(stated) not in text
    assert f'<time datetime="{Timestamp(instant=NOON)}"' in text


async def test_lists_drop_what_was_withdrawn(site: Running) -> None:
    await save(site, FERRY, LAMP)
    await withdraw(site, FERRY)
    front = (await site.get("/")).text
    assert "The lighthouse gets a lamp" in front
    assert "Ferry returns" not in front


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "made-before"])
async def test_a_web_copy_shows_the_withdrawal_in_the_item_s_place(site: Running, marked: bool) -> None:
    await save(site, FERRY, LAMP)
    await an_issue(site, FERRY, LAMP, marked=marked)
    await withdraw(site, FERRY)
    answer = await site.get("/newsletters/daily/1")
    assert answer.status == 200
    assert "Ferry returns" not in answer.text
    assert "The lighthouse gets a lamp" in answer.text
    assert f"Withdrawn 1 March 2026. <bdi>{NOTE}</bdi>" in answer.text
    assert "<title>The Daily Tide · No. 1</title>" in answer.text


async def test_no_list_of_issues_quotes_a_withdrawn_headline(site: Running) -> None:
    await save(site, FERRY, LAMP)
    await an_issue(site, FERRY, LAMP)
    for path in ("/", "/newsletters/daily"):
        assert "Ferry returns" in (await site.get(path)).text
    await withdraw(site, FERRY)
    for path in ("/", "/newsletters/daily"):
        text = (await site.get(path)).text
        assert "Ferry returns" not in text
        assert "The Daily Tide · No. 1" in text


async def test_a_web_copy_of_which_nothing_is_left_is_gone(site: Running) -> None:
    await save(site, FERRY, LAMP)
    await an_issue(site, FERRY, LAMP)
    await withdraw(site, FERRY)
    await withdraw(site, LAMP)
    answer = await site.get("/newsletters/daily/1")
    assert answer.status == 410
    assert "This has been withdrawn" in answer.text


async def test_a_web_copy_of_another_shape_is_gone_as_a_whole(site: Running) -> None:
    await save(site, FERRY, LAMP)
    issue = await an_issue(site, FERRY, LAMP)
    other = "<html><body><ul><li>Ferry returns to the islands</li><li>The lighthouse gets a lamp</li></ul>"
    await site.db.write(_set_copy, issue.id, other)
    await withdraw(site, FERRY)
    assert (await site.get("/newsletters/daily/1")).status == 410


async def test_an_image_goes_with_its_item_unless_a_live_one_shows_it(
    sqlite_db: Database, tmp_path: Path
) -> None:
    image = Image(url="https://old.courier.example/a.png", media="ferry.png", width=4, height=2)
    async with a_site(sqlite_db, tmp_path) as site:
        site.serving.media_dir.mkdir(exist_ok=True)
        (site.serving.media_dir / "ferry.png").write_bytes(b"\x89PNG")
        for item in (FERRY, LAMP):
            await save(site, replace(item, content=replace(item.content, image=image)))
        await withdraw(site, FERRY)
        assert (await site.get("/media/ferry.png")).status == 200
        await withdraw(site, LAMP)
        gone = await site.get("/media/ferry.png")
        assert (gone.status, b"PNG" in gone.body) == (410, False)
        assert "no-store" in gone.headers["cache-control"]


def _set_copy(conn: object, issue_id: int, html: str) -> None:
    conn.exec_driver_sql("UPDATE issues SET web_html = ? WHERE id = ?", (html, issue_id))  # type: ignore[attr-defined]
