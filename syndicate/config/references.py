"""What the settings say of one another: names that must exist, and what must not stand together."""

from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

from syndicate.config.keys import key_faults
from syndicate.config.moved import moved_faults
from syndicate.config.relays import relay_faults
from syndicate.config.returns import bounce_faults
from syndicate.config.spelling import closest, listed, shown
from syndicate.errors import Fault
from syndicate.model.feed import Feed, Mode, Replay, Selection
from syndicate.model.hub import Hub
from syndicate.model.job import Engine
from syndicate.model.newsletter import Newsletter
from syndicate.model.pacing import WarmUp
from syndicate.model.partner import PARTNER_FORMATS, READ_BY, TAKE_WHOLE, Partner
from syndicate.model.site import DeliverySettings, PurgeSettings, PurgeStyle, StorageSettings
from syndicate.model.source import Archived, Captures, Publish, Source, SourceKind

if TYPE_CHECKING:
    from syndicate.config import Config

# What these selectors lead to, only a listing has.
OF_LISTINGS = {"links", "next"}
# Recipients of a group, at most: as many as may be in doubt when the journal is lost too.
MOST_IN_DOUBT = 100
FEWEST_CONNECTIONS = 2

FOLDERS = {
    SourceKind.FILES: "a folder of saved pages",
    SourceKind.WARC: "a folder of web archives, or one of them",
}


def reference_faults(config: "Config", told: Set[str]) -> Iterator[Fault]:
    """Every fault between settings; none about a key that was `told` already."""
    for fault in _faults(config, told):
        if fault.key not in told:
            yield fault


def _faults(config: "Config", told: Set[str]) -> Iterator[Fault]:
    catalogue = config.catalogue
    for source in catalogue.sources.values():
        # A faulty kind was replaced by another; what that one needs is no fault.
        if f"sources.{source.name}.kind" not in told:
            yield from _source(source, catalogue.old_sites)
    for feed in catalogue.feeds.values():
        yield from _selection(feed.selection, f"feeds.{feed.name}", catalogue.sources)
        if feed.mode is Mode.LIVE and feed.replay != Replay():
            yield _fault(f"feeds.{feed.name}.replay", "", 'is for mode = "replay"; say so, or leave it out')
    yield from moved_faults(catalogue)
    for newsletter in catalogue.newsletters.values():
        yield from _newsletter(newsletter, catalogue.sources)
    for partner in catalogue.partners.values():
        yield from _partner(partner, catalogue.feeds)
    yield from _hub(catalogue.hub)
    yield from _storage(config.settings.storage)
    yield from _purge(config.settings.purge)
    yield from bounce_faults(config.settings.bounces)
    yield from _dispatch(config)
    yield from _postgresql(config)
    yield from relay_faults(config)
    yield from _delivery(config.settings.delivery)
    for relay in config.relays:
        yield from _warm_up(relay.at, relay.warm_up)
    yield from key_faults(config.dkim, catalogue.newsletters)


def _fault(key: str, value: Any, right: str) -> Fault:
    return Fault(key=key, value=shown(key, value) if value != "" else "", right=right)


def _delivery(settings: DeliverySettings) -> Iterator[Fault]:
    if settings.group > MOST_IN_DOUBT:
        right = f"must be at most {MOST_IN_DOUBT}: a machine that dies leaves so many in doubt in each batch"
        yield _fault("delivery.group", settings.group, right)
    if settings.retry_first > settings.retry_cap:
        right = "must not be longer than delivery.retry_cap"
        yield _fault("delivery.retry_first", str(settings.retry_first), right)


def _dispatch(config: "Config") -> Iterator[Fault]:
    engine, database = config.settings.dispatch.engine, config.database
    if engine is Engine.PROCRASTINATE and not database.startswith("postgres"):
        right = 'needs PostgreSQL: database = "postgresql://user@host/name"; with SQLite leave it "embedded"'
        yield _fault("dispatch.engine", engine.value, right)


def _postgresql(config: "Config") -> Iterator[Fault]:
    settings = config.settings.postgresql
    if settings.pool < FEWEST_CONNECTIONS:
        right = f"must be at least {FEWEST_CONNECTIONS}: one to read, one to write"
        yield _fault("postgresql.pool", settings.pool, right)
    if config.database.startswith("postgres"):
        return
    for name in ("direct", "replica"):
        if value := getattr(settings, name):
            yield _fault(f"postgresql.{name}", value, "is for PostgreSQL, and database names an SQLite file")


def _hub(hub: Hub) -> Iterator[Fault]:
    if not hub.lease_least <= hub.lease <= hub.lease_most:
        right = "must lie between hub.lease_least and hub.lease_most"
        yield _fault("hub.lease", str(hub.lease), right)


def _source(source: Source, old_sites: Mapping[str, Any]) -> Iterator[Fault]:
    at = f"sources.{source.name}"
    if source.old_site and source.old_site not in old_sites:
        near = closest(source.old_site, old_sites) or f"; there are {listed(old_sites)}"
        yield _fault(f"{at}.old_site", source.old_site, f"is no table under [old_sites]{near}")
    if source.kind in FOLDERS and not source.folder:
        yield _fault(f"{at}.folder", "", f'is missing; kind "{source.kind}" reads {FOLDERS[source.kind]}')
    if source.kind not in FOLDERS and not source.url:
        yield _fault(f"{at}.url", "", f'is missing; kind "{source.kind}" reads a web address')
    if source.pages > 1 and source.kind is not SourceKind.LISTING:
        yield _fault(
            f"{at}.pages", source.pages, f'is for kind "listing"; "{source.kind}" has no pages to walk'
        )
    if source.kind is SourceKind.WARC and source.captures is not Captures.LAST:
        yield _fault(
            f"{at}.captures",
            source.captures,
            'is for kind "wayback"; of "warc" every capture that differs is read',
        )
    if source.since and source.until and source.until < source.since:
        yield _fault(
            f"{at}.until", source.until, f"is before since ({source.since}); nothing was captured then"
        )
    if source.archived is Archived.YES and not source.old_site and not source.notice:
        right = 'needs old_site, whose notice the items carry (or notice = "…")'
        yield _fault(f"{at}.archived", "yes", right)
    yield from _selectors(source, f"{at}.selectors")


def _selectors(source: Source, at: str) -> Iterator[Fault]:
    stated = source.selectors.stated
    if source.kind is SourceKind.FEED and (stated or source.selectors.remove):
        yield _fault(at, "", 'has no pages to select from: kind "feed" reads entries; leave the table out')
        return
    for name in sorted(OF_LISTINGS & stated.keys()):
        if source.kind is not SourceKind.LISTING:
            yield _fault(f"{at}.{name}", stated[name], f'is for kind "listing", not "{source.kind}"')


def _selection(selection: Selection, at: str, sources: Mapping[str, Any]) -> Iterator[Fault]:
    for name in selection.sources:
        if name not in sources:
            near = closest(name, sources) or f"; there are {listed(sources)}"
            yield _fault(f"{at}.sources", name, f"is no table under [sources]{near}")


def _newsletter(newsletter: Newsletter, sources: Mapping[str, Any]) -> Iterator[Fault]:
    at = f"newsletters.{newsletter.name}"
    titles = [section.title for section in newsletter.sections]
    for place, section in enumerate(newsletter.sections, start=1):
        yield from _selection(section.selection, f"{at}.sections[{place}]", sources)
        if section.title and section.title in titles[: place - 1]:
            yield _fault(
                f"{at}.sections[{place}].title", section.title, "is already an earlier section's title"
            )
    if not newsletter.sections:
        yield _fault(f"{at}.sections", "", f"is empty; add [[{at}.sections]] with a title")
    yield from _warm_up(at, newsletter.warm_up)


def _warm_up(at: str, ramp: WarmUp) -> Iterator[Fault]:
    if ramp.full < ramp.first_day:
        right = f"is less than first_day ({ramp.first_day}); a ramp goes up"
        yield _fault(f"{at}.warm_up.full", ramp.full, right)


def _partner(partner: Partner, feeds: Mapping[str, Feed]) -> Iterator[Fault]:
    at = f"partners.{partner.name}"
    if not partner.feeds:
        yield _fault(f"{at}.feeds", "", f"is empty; there are {listed(feeds)}")
    for place, name in enumerate(partner.feeds, start=1):
        if name not in feeds:
            near = closest(name, feeds) or f"; there are {listed(feeds)}"
            yield _fault(f"{at}.feeds[{place}]", name, f"is no table under [feeds]{near}")
        elif name in partner.feeds[: place - 1]:
            yield _fault(f"{at}.feeds[{place}]", name, "stands there twice")
    reads = READ_BY[partner.profile]
    for place, form in enumerate(partner.formats, start=1):
        if form not in PARTNER_FORMATS:
            right = f"is a page for people; a partner may have {listed(PARTNER_FORMATS)}"
            yield _fault(f"{at}.formats[{place}]", form, right)
        elif form not in reads:
            right = f'is not read under profile "{partner.profile}", which reads {listed(reads)}'
            yield _fault(f"{at}.formats[{place}]", form, right)
    if partner.profile in TAKE_WHOLE and partner.publish is not Publish.FULL:
        right = f'would withhold everything: profile "{partner.profile}" takes whole articles; leave it out'
        yield _fault(f"{at}.publish", partner.publish, right)
    for place, section in enumerate(partner.exclude_sections, start=1):
        if section.casefold() in map(str.casefold, partner.sections):
            yield _fault(
                f"{at}.exclude_sections[{place}]", section, "also stands in sections; keep one of the two"
            )


def _storage(storage: StorageSettings) -> Iterator[Fault]:
    for name, other in (("access_key_id", "secret_access_key"), ("secret_access_key", "access_key_id")):
        if getattr(storage, name) and not getattr(storage, other):
            yield _fault(f"storage.{other}", "", f"is missing; {name} is nothing without it")
    if storage.serves and not storage.url:
        yield _fault("storage.url", "", 'is missing; serves = true reads from there: "s3://bucket/prefix"')


def _purge(purge: PurgeSettings) -> Iterator[Fault]:
    if purge.style is PurgeStyle.JSON and purge.url and not purge.token_file:
        yield _fault("purge.token_file", "", 'is missing; style = "json" shows the token in that file')
