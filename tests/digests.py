"""Sample issues of an invented outlet, English and Persian, for the tests of mails and for screenshots."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from syndicate.model.cadence import Cadence
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Image, Item, ItemKind, Timestamp
from syndicate.model.newsletter import Newsletter, Section, Sender
from syndicate.model.site import Site
from syndicate.model.source import Archived, OldSite, Publish, Rights
from syndicate.publish.digest_view import DigestView, Pick, digest_view
from tests.builders import a_newsletter, a_provenance, a_source, an_item

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SITE = Site(
    name="Harbour Courier",
    base_url="https://courier.example",
    postal_address="Harbour Courier, 1 Quay Street, Port Hale",
)
CATALOGUE = Catalogue(
    site=SITE,
    old_sites={
        "old": OldSite(
            key="old",
            name="The Old Harbour Courier",
            successor_name="Harbour Courier",
            successor_url="https://courier.example/",
        ),
        "old-fa": OldSite(
            key="old-fa",
            name="پیک بندر قدیم",
            successor_name="پیک بندر",
            successor_url="https://courier.example/fa/",
        ),
    },
    sources={
        "live": a_source(name="live", rights=Rights(publish=Publish.FULL)),
        "old": a_source(name="old", old_site="old", archived=Archived.YES),
        "old-fa": a_source(name="old-fa", old_site="old-fa", archived=Archived.YES, language="fa"),
    },
)
DAILY = a_newsletter()
WEEKLY = a_newsletter(
    name="hafteh",
    title="هفتهٔ بندر",
    language="fa",
    accent="#0b5c7a",
    sender=Sender(name="پیک بندر", address="fa@courier.example"),
    sections=(Section(title="خبرها", selection=Selection()),),
    cadence=Cadence(cron="0 8 * * 6", zone="Asia/Tehran"),
    list_id="hafteh.courier.example",
    postal_address="پیک بندر، بندر هیل، خیابان اسکله، شمارهٔ ۱",
)
CATALOGUE_WITH_NEWSLETTERS = replace(CATALOGUE, newsletters={"daily": DAILY, "hafteh": WEEKLY})

ENGLISH_STORIES = (
    (
        "Ferry returns to the northern islands after nine winters",
        "The first boat left Port Hale at dawn with forty passengers, two goats and the post. Islanders lit "
        "lamps along the breakwater, and the harbour master, who had promised the service three times, came "
        "along to see that this time it arrived.",
        "Islands",
        "2026-02-28T17:20:00+00:00",
    ),
    (
        "The lighthouse keeps its keeper, the council decides",
        "A vote of seven to four ends the plan to run the light from the mainland. The keeper says that he "
        "heard of it from the baker.",
        "Town",
        "2026-02-28T12:05:00+00:00",
    ),
    (
        "Herring came late, and came in silver",
        "Boats that had been tied up since January went out on Thursday and were back before noon, low in "
        "the water. Prices at the hall fell by a third within the hour.",
        "Sea",
        "2026-02-27",
    ),
)
ENGLISH_ARCHIVED = (
    (
        "The winter the harbour froze",
        "For eleven days nothing moved but the ice, and the town walked to its boats. From our pages of that "
        "year.",
        "Town",
        "2009-02-14",
    ),
    (
        "Who drew the first chart of the sandbank?",
        "Two families claim it, and both have the pencil.",
        "Sea",
        "",
    ),
)
ENGLISH_BRIEFS = (
    "The night bus will stop at the fish hall again, from Monday on and until the bridge is painted.",
    "Port Hale's library has found a book that was due in 1961, and has forgiven the fine.",
    "A buoy that broke loose in December was seen off the western point, still blinking.",
    "The school choir sings on the quay on Saturday; bring a coat.",
    "Council workers have repainted the crossing by the market, this time where people cross.",
    "The weather office expects fog until Wednesday, thinning towards the islands.",
)
PERSIAN_STORIES = (
    (
        "کشتی پس از نه زمستان به جزیره‌های شمالی برمی‌گردد",
        "نخستین کشتی سپیده‌دم با چهل مسافر، دو بز و کیسهٔ نامه‌ها از بندر هیل راه افتاد. مردم جزیره در "
        "طول موج‌شکن چراغ روشن کردند و رئیس بندر، که سه بار وعدهٔ این خط را داده بود، خودش هم آمد تا ببیند "
        "این بار می‌رسد.",
        "جزیره‌ها",
        "2026-02-28T17:20:00+03:30",
    ),
    (
        "فانوس دریایی نگهبانش را نگه می‌دارد",
        "رأی هفت به چهار شورا به طرح ادارهٔ فانوس از راه دور پایان داد. "
        "نگهبان می‌گوید خبر را از نانوا شنیده است.",
        "شهر",
        "2026-02-27",
    ),
)
PERSIAN_ARCHIVED = (
    (
        "زمستانی که بندر یخ زد",
        "یازده روز هیچ چیز جز یخ تکان نمی‌خورد و مردم پیاده به سوی قایق‌هایشان می‌رفتند.",
        "شهر",
        "2009-02-14",
    ),
    ("نخستین نقشهٔ تپهٔ شنی را چه کسی کشید؟", "دو خانواده مدعی‌اند و هر دو مداد را دارند.", "دریا", ""),
)
PERSIAN_BRIEFS = (
    "اتوبوس شب از دوشنبه دوباره جلوی بازار ماهی می‌ایستد، تا وقتی که رنگ‌آمیزی پل تمام شود.",
    "کتابخانهٔ بندر هیل کتابی را پیدا کرده که باید سال ۱۳۴۰ پس داده می‌شد، و جریمه را بخشیده است.",
    "گروه Tide Singers شنبه روی اسکله می‌خواند؛ با خودتان پالتو بیاورید.",
    "ادارهٔ هواشناسی تا چهارشنبه مه پیش‌بینی می‌کند، که به سوی جزیره‌ها کمتر می‌شود.",
)


def english(*, archived_only: bool = False, **change: Any) -> DigestView:
    """The view of an English issue: three live stories, two archived ones, six briefs."""
    stories = _stories(ENGLISH_STORIES, "en", "live", start=10)
    old = _stories(ENGLISH_ARCHIVED, "en", "old", start=20)
    briefs = _briefs(ENGLISH_BRIEFS, "en", "old" if archived_only else "live", start=30)
    picks = [*old, *briefs] if archived_only else [*_with_picture(stories), *old, *briefs]
    newsletter = replace(DAILY, **change)
    return digest_view(picks, newsletter, catalogue=CATALOGUE, number=412, at=AT)


def persian(*, archived_only: bool = False) -> DigestView:
    """The view of a Persian issue: two live stories, two archived ones, four briefs of the old site."""
    stories = _stories(PERSIAN_STORIES, "fa", "live", start=40)
    old = _stories(PERSIAN_ARCHIVED, "fa", "old-fa", start=50)
    briefs = _briefs(PERSIAN_BRIEFS, "fa", "old-fa", start=60)
    picks = [*old, *briefs] if archived_only else [*_with_picture(stories), *old, *briefs]
    return digest_view(picks, WEEKLY, catalogue=CATALOGUE, number=58, at=AT)


def briefs_of(*dates: str) -> DigestView:
    """An English issue of archived briefs, one for each day."""
    items = [
        _item(at, "old", "en", kind=ItemKind.BRIEF, headline="", body_text=text, published=date)
        for at, (text, date) in enumerate(zip(ENGLISH_BRIEFS, dates, strict=False))
    ]
    return digest_view(picks_of(items), DAILY, catalogue=CATALOGUE, number=413, at=AT)


def many(count: int, *, words: int = 60, language: str = "en") -> DigestView:
    """An issue with so many articles whose teasers have so many words."""
    word = "مسافر" if language == "fa" else "harbour"
    items = [
        an_item(id=an_id(at), headline=f"Story {at}", summary=" ".join([word] * words), language=language)
        for at in range(count)
    ]
    newsletter = WEEKLY if language == "fa" else DAILY
    picks = [Pick(item=one, section="News") for one in items]
    return digest_view(picks, newsletter, catalogue=CATALOGUE, number=1, at=AT)


def an_id(number: int) -> str:
    """A UUID in text, by number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def picks_of(items: list[Item], section: str = "News") -> list[Pick]:
    """All of them for one section."""
    return [Pick(item=item, section=section) for item in items]


def _stories(rows: tuple[tuple[str, ...], ...], language: str, source: str, start: int) -> list[Pick]:
    return picks_of(
        [
            _item(
                start + at,
                source,
                language,
                headline=headline,
                summary=teaser,
                section=section,
                published=date,
            )
            for at, (headline, teaser, section, date) in enumerate(rows)
        ],
    )


def _briefs(texts: tuple[str, ...], language: str, source: str, start: int) -> list[Pick]:
    items = [
        _item(
            start + at,
            source,
            language,
            kind=ItemKind.BRIEF,
            headline="",
            body_text=text,
            published="2019-05-03",
        )
        for at, text in enumerate(texts)
    ]
    return picks_of(items, "در یک نگاه" if language == "fa" else "Harbour in brief")


def _item(number: int, source: str, language: str, **change: Any) -> Item:
    date = change.pop("published")
    archived = source.startswith("old")
    url = f"https://{'old.' if archived else ''}courier.example/{language}/{number}"
    names = {"en": ("Mina Vale",), "fa": ("مینا والی",)}
    return an_item(
        id=an_id(number),
        language=language,
        direction="rtl" if language == "fa" else "ltr",
        url=url,
        authors=names[language] if number % 2 == 0 else (),
        published=Timestamp.parse(date) if date else None,
        archived=archived,
        provenance=a_provenance(source=source, original_url=url, captured=datetime(2024, 5, 3, tzinfo=UTC)),
        **change,
    )


def _with_picture(picks: list[Pick]) -> list[Pick]:
    lead = picks[0].item
    image = Image(
        url="https://courier.example/ferry.jpg",
        alt="A ferry leaves the harbour at dawn"
        if lead.content.language == "en"
        else "کشتی سپیده‌دم از بندر می‌رود",
        width=1200,
        height=675,
        media="ferry.png",
        media_type="image/png",
    )
    content = replace(lead.content, image=image)
    return [replace(picks[0], item=replace(lead, content=content)), *picks[1:]]


def newsletter_of(view: DigestView) -> Newsletter:
    """The newsletter of a sample view."""
    return WEEKLY if view.language == "fa" else DAILY
