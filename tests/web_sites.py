"""A small site with everything on it, served on loopback: for pictures and for the browser."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from syndicate.audience.importing import add_subscriber
from syndicate.audience.subscriptions import SignUp, sign_up
from syndicate.audience.tokens import confirmation_token, preferences_token, unsubscribe_token
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item, Timestamp
from syndicate.model.newsletter import Issue, IssueItem, IssueState, Newsletter, Section
from syndicate.model.site import Site
from syndicate.model.source import Publish, Rights
from syndicate.publish.corrections import Editing, correct_item, withdraw_item
from syndicate.publish.digest import render
from syndicate.publish.digest_view import Pick, digest_view
from syndicate.publish.feeds import publish_feed
from syndicate.publish.wording import Wording
from syndicate.store import issues, items
from syndicate.store.database import Database
from syndicate.store.schema import metadata
from syndicate.templating import Templates
from tests import digests
from tests.builders import NOON, a_feed, a_newsletter, a_source, an_item, an_old_site
from tests.neighbours.loops import running_beside
from tests.web.conftest import RING, Running, a_site

ENGLISH = (
    ("Ferry returns to the northern islands", "Islands", "2019-05-03T06:30:00+02:00"),
    ("Lighthouse keepers vote to stay through the winter", "Coast", "2019-05-02T18:05:00+02:00"),
    ("A school on stilts, and the tide that built it", "Education", "2019-04-28"),
    ("What the dredgers found under the old customs pier", "Harbour", ""),
)
PERSIAN = (
    ("کشتی مسافربری به جزیره‌های شمالی بازگشت", "جزیره‌ها", "2019-05-03T08:00:00+03:30"),
    ("فانوس‌بانان زمستان را می‌مانند", "ساحل", "2019-04-30"),
)
TEXT = (
    "The first boat since the storm left the quay at dawn with forty passengers, two goats and the mail. "
    "On the northern islands people had lit fires along the shore, as they do for weddings.",
    "“We counted the days on the wall of the bakery,” said the baker. The winter had cut the islands off "
    "for eleven weeks, the longest time since the breakwater was built.",
    "The harbour office expects two crossings a day from next week on, if the wind stays in the south.",
)
PERSIAN_TEXT = (
    "نخستین کشتی پس از توفان، سپیده‌دم با چهل مسافر و کیسه‌های نامه از اسکله راه افتاد. مردم جزیره‌های شمالی "
    "در کنار ساحل آتش افروخته بودند، چنان‌که در جشن‌های عروسی می‌کنند.",
    "نانوا گفت: «روزها را روی دیوار نانوایی شمردیم.» زمستان جزیره‌ها را یازده هفته از بندر جدا کرده بود.",
)


def some_items() -> Iterator[Item]:
    """Archived articles in two languages, one undated, and a brief."""
    stories = [(*one, "en", TEXT) for one in ENGLISH] + [(*one, "fa", PERSIAN_TEXT) for one in PERSIAN]
    for number, (headline, section, published, language, text) in enumerate(stories, start=1):
        item = an_item(
            id=f"00000000-0000-4000-8000-{number:012}",
            headline=headline,
            section=section,
            language=language,
            direction="rtl" if language == "fa" else "ltr",
            body_text="\n\n".join(text),
            body_html="".join(f"<p>{part}</p>" for part in text),
            summary=text[0],
            authors=("مینا ویل",) if language == "fa" else ("Mina Vale",),
            url=f"https://old.courier.example/{number}",
            published=Timestamp.parse(published) if published else None,
            archived=True,
        )
        origin = replace(item.provenance, original_url=item.content.url)
        yield replace(item, provenance=origin, collected=NOON - timedelta(minutes=number))


def a_catalogue_of(base_url: str, language: str) -> dict[str, Any]:
    """What the site offers, in English or Persian."""
    persian = language == "fa"
    description = (
        "خبرهای بندر و بایگانی پنجاه‌سالهٔ آن، با ایمیل و به صورت فید."
        if persian
        else "News from the harbour and fifty years of its archive, by e-mail and as feeds."
    )
    wording = {"fa": "این نوشته از سایت پیشین «پیک بندر» است که دیگر به‌روز نمی‌شود. سایت تازه: {successor}"}
    return {
        "site": Site(
            name="پیک بندر" if persian else "Harbour Courier",
            description=description,
            base_url=base_url,
            language=language,
            contact="desk@courier.example",
            postal_address="1 Quay Street, Port Hale",
        ),
        "old_sites": {"old-courier": an_old_site(hosts=("old.courier.example",), wording=wording)},
        "sources": {"harbour": a_source(rights=Rights(holder="Harbour Courier", publish=Publish.FULL))},
        "feeds": {
            "all": a_feed(title="All stories", description="Everything from the harbour and the islands."),
            "fa": a_feed(
                name="fa",
                title="همهٔ خبرها",
                description="خبرهای بندر به فارسی.",
                language="fa",
                selection=Selection(languages=("fa",)),
            ),
        },
        "newsletters": {one.name: one for one in (a_daily(), a_weekly())},
    }


def a_daily() -> Newsletter:
    return a_newsletter(
        description="The stories of the day, every morning before the first ferry.",
        sections=tuple(
            Section(title=title, selection=Selection())
            for title in (
                "News",
                "Letters from the northern islands, and the ferries that bring them",
                "جزیره‌ها",
            )
        ),
        sections_choice=True,
    )


def a_weekly() -> Newsletter:
    return a_newsletter(
        name="weekly",
        title="هفته‌نامهٔ بندر",
        language="fa",
        description="گزیدهٔ خبرهای هفته، آدینه‌ها.",
        cadence=replace(a_daily().cadence, cron="0 18 * * 5", zone="Asia/Tehran"),
        sections=tuple(
            Section(title=title, selection=Selection()) for title in ("خبرها", "جزیره‌ها", "Letters")
        ),
        sections_choice=True,
    )


async def fill(site: Running) -> None:
    """Items, published feeds, and issues that have gone out; in each language one item is corrected, and one
    withdrawn that an issue carried.
    """
    await site.db.write(_save_items)
    for name in site.serving.catalogue.feeds:
        await publish_feed(site.publishing, name)
    await site.db.write(_save_issue)
    for newsletter, gone, wrong, note in (
        (a_daily(), 7, 2, "The keepers voted on Tuesday, not on Monday."),
        (a_weekly(), 8, 6, "رأی‌گیری سه‌شنبه بود، نه دوشنبه."),
    ):
        await site.db.write(_save_issue_of, newsletter, (gone, wrong), catalogue=site.serving.catalogue)
        editing = Editing(db=site.db, catalogue=site.serving.catalogue, now=site.people.now)
        await correct_item(editing, _an_id(wrong), note=note, change=Wording())
        await withdraw_item(editing, _an_id(gone), note=note)


@asynccontextmanager
async def a_full_site(folder: Path, language: str = "en") -> AsyncIterator[Running]:
    """The site, filled and running in this loop."""
    db = Database(str(folder / "site.db"))
    db.write_now(metadata.create_all)
    try:
        async with a_site(db, folder, catalogue=lambda base_url: a_catalogue_of(base_url, language)) as site:
            await fill(site)
            yield site
    finally:
        db.close()


@contextmanager
def serving_beside(folder: Path, language: str = "en") -> Iterator[Running]:
    """The site on a thread of its own, for a caller that blocks, as a browser's driver does."""
    with running_beside() as beside, beside.within(a_full_site(folder, language)) as site:
        yield site


def shown_pages(site: Running, language: str) -> dict[str, str]:
    """The pages worth a look, by what they are; adds the two people whose links they need."""
    newsletter, feed, item = ("weekly", "fa", 5) if language == "fa" else ("daily", "all", 1)
    asyncio.run(add_subscriber(site.people, "mina@example.org", newsletters=[newsletter], consent="sample"))
    asyncio.run(sign_up(site.people, SignUp(address="ben@example.org", newsletter=newsletter)))
    return {
        "front": "/",
        "feeds": "/feeds",
        "feed": f"/feeds/{feed}.html",
        "item": f"/items/00000000-0000-4000-8000-{item:012}",
        "newsletter": f"/newsletters/{newsletter}",
        "copy": "/newsletters/daily/1",
        "corrected": f"/items/{_an_id(6 if language == 'fa' else 2)}",
        "withdrawn": f"/items/{_an_id(8 if language == 'fa' else 7)}",
        "copy-withdrawn": "/newsletters/weekly/1" if language == "fa" else "/newsletters/daily/2",
        "confirm": "/confirm/" + confirmation_token(RING, 2, newsletter, at=NOON),
        "unsubscribe": "/unsubscribe/" + unsubscribe_token(RING, 1, newsletter),
        "preferences": "/preferences/" + preferences_token(RING, 1),
        "not-found": "/nothing-here",
    }


def _save_items(conn: Any) -> None:
    for item in some_items():
        items.save_item(conn, item, keys=[f"url:{item.content.url}"])
    english, *_, persian = some_items()
    for number, like in ((7, english), (8, persian)):
        content = replace(like.content, headline=f"{like.content.headline} (2)")
        items.save_item(conn, replace(like, id=_an_id(number), content=content), keys=[f"url:{number}"])


def _an_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _save_issue_of(
    conn: Any, newsletter: Newsletter, numbers: tuple[int, ...], *, catalogue: Catalogue
) -> None:
    """The next issue of a newsletter, of these items, as one that is being sent."""
    picks = [
        Pick(item=item, section="News") for item in items.list_by_ids(conn, [_an_id(one) for one in numbers])
    ]
    number = issues.next_number(conn, newsletter.name)
    view = digest_view(picks, newsletter, catalogue=catalogue, number=number, at=NOON)
    rendering = render(view, templates=Templates())
    places = [
        IssueItem(item_id=pick.item.id, revision=1, section="News", position=at)
        for at, pick in enumerate(picks)
    ]
    issue = Issue(
        id=0,
        newsletter=newsletter.name,
        number=number,
        state=IssueState.SENDING,
        compiled=NOON,
        subject=view.subject,
        html=rendering.html,
        text=rendering.text,
        web_html=rendering.web_html,
        slot_key=rendering.slot_key,
        items=tuple(places),
    )
    issues.create_issue(conn, issue)


def _save_issue(conn: Any) -> None:
    rendering = render(digests.english(), templates=Templates())
    first = next(some_items())
    issue = Issue(
        id=0,
        newsletter="daily",
        number=1,
        state=IssueState.SENDING,
        compiled=NOON,
        subject="Ferry returns to the northern islands",
        html=rendering.html,
        text=rendering.text,
        web_html=rendering.web_html,
        slot_key=rendering.slot_key,
        items=(IssueItem(item_id=first.id, revision=1, section="News", position=0),),
    )
    issues.create_issue(conn, issue)
