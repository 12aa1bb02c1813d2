"""The composition root: a configuration becomes a frozen bundle of what is wired. No logic of its own."""

import random
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from syndicate.audience.keys import open_keyring
from syndicate.audience.people import People
from syndicate.audience.tokens import Keyring, derived_keys
from syndicate.collect.collecting import Collecting
from syndicate.config import Config
from syndicate.deliver.bounce.returning import Returning
from syndicate.deliver.crew import Crew, share
from syndicate.deliver.dkim import load_signers
from syndicate.deliver.fleet import Fleet, open_fleet
from syndicate.deliver.letters import Letters
from syndicate.deliver.mailbox import LocalMailbox
from syndicate.deliver.pacer import Pacer
from syndicate.deliver.pacing.keeping import open_keeper
from syndicate.deliver.pacing.limits import Limits
from syndicate.deliver.preflight.checking import Preflighting
from syndicate.deliver.sending import Sending
from syndicate.errors import ConfigError, Fault, StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Mode
from syndicate.model.job import Carrier, Enqueue, Job, NoCarrier
from syndicate.model.paths import Paths
from syndicate.model.schedule import Schedule, replay_schedule
from syndicate.model.site import Relay
from syndicate.net.client import Client
from syndicate.partner.gate import Gate
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.log import DeliveryLog
from syndicate.partner.partnering import Partnering
from syndicate.publish.compile import Compiling
from syndicate.publish.feeds import Publishing
from syndicate.publish.purging import Purging, wait_of
from syndicate.publish.stale import files_as_paths, note_changes
from syndicate.publish.turns import Turns, turns_over
from syndicate.publish.uploading import Uploading
from syndicate.store import feeds, gauges, issues, jobs, schedules, sources
from syndicate.store.connection import Connection
from syndicate.store.database import Database, after_commit
from syndicate.store.swap import finish_interrupted
from syndicate.store.upgrade import upgrade
from syndicate.telemetry.scrape import Scrape
from syndicate.templating import Templates

Clock = Callable[[], datetime]

# Of callbacks' names: more than the hub has requests under way, since a lookup that hangs outlives its own.
LOOKUPS = 256


class Post:
    """Makes jobs due in the caller's transaction, and wakes whoever runs them in this process after it.

    The `carrier` brings them to whoever does them. `done(name)` is told of each job that this process did.
    """

    def __init__(self, now: Clock) -> None:
        self._now = now
        self.wake: Callable[[], None] = lambda: None
        self.done: Callable[[str], None] = lambda name: None
        self.carrier: Carrier = NoCarrier()

    def __call__(self, conn: Any, job: Job) -> None:
        """Insert the job. One with the same key that waits already stands for it."""
        self.many(conn, [job])

    def many(self, conn: Any, wanted: Sequence[Job]) -> list[int]:
        """Insert jobs at once; the ids of those that no waiting one stands for already."""
        parcels = jobs.enqueue_many(conn, wanted, now=self._now())
        self.carrier.carry(conn, parcels)
        # Before the commit, who is woken would see nothing and rest again.
        after_commit(conn, self.wake)
        return [parcel.id for parcel in parcels]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything wired. `sending` can reach the relay only if the app was opened to send."""

    config: Config
    catalogue: Catalogue
    paths: Paths
    db: Database
    client: Client
    templates: Templates
    keyring: Keyring
    collecting: Collecting
    publishing: Publishing
    uploading: Uploading
    purging: Purging
    compiling: Compiling
    people: People
    sending: Sending
    preflighting: Preflighting
    returning: Returning
    gate: Gate
    partnering: Partnering
    hubbing: Hubbing
    now: Clock
    mint: Callable[[], str]
    enqueue: Enqueue
    post: Post = field(repr=False)
    scrape: Scrape = field(repr=False)
    crew: Crew | None = None


@asynccontextmanager
async def open_app(
    config: Config,
    *,
    now: Clock,
    mint: Callable[[], str] = lambda: str(uuid4()),
    sends: bool = False,
    part: int = 0,
) -> AsyncIterator[App]:
    """Open the database, upgraded, and whatever else there is to open; close it all at the end.

    With `sends` and a local relay, the local mailbox listens meanwhile. `part` is which of the processes that
    send this is, 0 the one that has them. Raises SchemaMismatch, DatabaseBusy,
    StorageFull, ConfigError (also for a token key that is missing).
    """
    paths = ready_folders(config)
    async with AsyncExitStack() as stack:
        db = Database(config.database, postgresql=config.settings.postgresql)
        stack.callback(db.close)
        upgrade(db)
        keyring = open_keyring(db, paths.key, now=now())
        client = await stack.enter_async_context(Client(config.settings.fetch, site=config.catalogue.site))
        processes = config.settings.delivery.processes
        relays = await stack.enter_async_context(_relays(config, paths, now=now)) if sends else config.relays
        relays = share(relays, part=part, of=processes) if sends else relays
        fleet = open_fleet(relays, now=now)
        crew = _crew(config) if sends and processes > 1 and not part else None
        if crew is not None:
            stack.push_async_callback(crew.close)
        stack.push_async_callback(fleet.close)
        known = dict(zip(fleet.names, relays, strict=True))
        limits = Limits(relays=known, domains=config.domains, processes=processes)
        keeping = open_keeper(db, limits, now=now, chance=random.SystemRandom().random)
        pacer = (await stack.enter_async_context(keeping)).pacer
        fleet.avoids = lambda name: pacer.limited and pacer.avoids(name, now().timestamp())
        delivery_log = DeliveryLog(db)
        stack.push_async_callback(delivery_log.close)
        callbacks = await stack.enter_async_context(_callbacks(config))
        turns = turns_over(db)
        stack.callback(turns.close)
        outside = Outside(
            now=now,
            mint=mint,
            keyring=keyring,
            delivery_log=delivery_log,
            callbacks=callbacks,
            pacer=pacer,
            turns=turns,
        )
        app = _wire(config, paths, db=db, client=client, fleet=fleet, outside=outside)
        yield replace(app, crew=crew)


@asynccontextmanager
async def _relays(config: Config, paths: Paths, *, now: Clock) -> AsyncIterator[tuple[Relay, ...]]:
    """The relays of one that sends; the local one listens meanwhile."""
    if not config.relay.local:
        yield config.relays
        return
    async with LocalMailbox(paths.mailbox, now=now) as mailbox:
        yield (mailbox.relay(config.relay),)


def _crew(config: Config) -> Crew:
    """The processes that send, each told by its command line where the configuration is, and no secret."""
    command = (sys.executable, "-m", "syndicate.cli.sender", str(config.path))
    return Crew([(*command, str(part)) for part in range(1, config.settings.delivery.processes + 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Time, ids and keys, which come from without; a log and a client for callbacks, which are closed."""

    now: Clock
    mint: Callable[[], str]
    keyring: Keyring
    delivery_log: DeliveryLog
    callbacks: Client
    pacer: Pacer
    turns: Turns


def ready_folders(config: Config) -> Paths:
    """The data folder, whole and with what goes into it: nginx may pass through, but not list it.

    Raises StorageFull when it cannot be made or used.
    """
    paths = config.paths
    try:
        # A killed restore may have put half of its files in place: before anything is opened or made there.
        finish_interrupted(paths.data)
        paths.data.mkdir(mode=0o711, parents=True, exist_ok=True)
        if paths.shared and not paths.shared.is_dir():
            # Made here, it would be in the place of one that is not mounted yet.
            raise StorageFull(f"storage.folder {paths.shared} is not there: mount it, or make it")
        kept = paths.mailbox, paths.raw, paths.journal, paths.partners, paths.bounces, paths.archive
        for private in kept:
            private.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageFull(
            f"{error.filename}: {error.strerror}; set data_dir to a folder that this user may make and write"
        ) from error
    return paths


def register(conn: Connection, catalogue: Catalogue, *, now: datetime, mint: Callable[[], str]) -> None:
    """Make the configuration's names known, and retire what is no longer there (decision 11).

    For whoever is about to do the work: a command that only looks, or hands its work over, retires nothing.
    """
    sources.upsert_sources(conn, catalogue.sources.values(), now=now)
    former = {feed.name: feed.moved_from for feed in catalogue.feeds.values()}
    feeds.upsert_feeds(conn, catalogue.feeds, now=now, mint=mint, former=former)
    issues.upsert_newsletters(conn, catalogue.newsletters, now=now)
    wanted = [
        Schedule(name=one.name, cadence=one.cadence, missed=one.missed)
        for one in catalogue.newsletters.values()
    ]
    wanted += [
        replay_schedule(feed.name, feed.replay.cadence)
        for feed in catalogue.feeds.values()
        if feed.mode is Mode.REPLAY
    ]
    schedules.upsert_schedules(conn, wanted, now=now)


def _wire(
    config: Config, paths: Paths, *, db: Database, client: Client, fleet: Fleet, outside: Outside
) -> App:
    catalogue, settings, post = config.catalogue, config.settings, Post(outside.now)
    templates = Templates(settings.templates)
    _refuse_missing(config, templates)
    shared: dict[str, Any] = {"db": db, "catalogue": catalogue, "now": outside.now}
    gate = _gate(shared, paths, outside)
    shared |= {"enqueue": post}
    minting = {**shared, "mint": outside.mint}
    letters, paced = _letters(config, templates, outside), {**shared, "pacer": outside.pacer}
    sending = _sending(paced, config, paths, fleet=fleet, letters=letters)
    return App(
        config=config,
        catalogue=catalogue,
        paths=paths,
        db=db,
        client=client,
        templates=templates,
        keyring=outside.keyring,
        collecting=Collecting(
            **minting,
            client=client,
            media_dir=paths.media,
            raw_dir=paths.raw,
            raw_kept=settings.collect.keep_raw,
        ),
        uploading=_uploading(config, paths, outside, shared=shared),
        purging=_purging(config, paths, outside, db=db, client=client),
        publishing=Publishing(**minting, public_dir=paths.public, templates=templates, turns=outside.turns),
        compiling=Compiling(**shared, templates=templates),
        people=People(**shared, keyring=outside.keyring, limits=settings.web),
        sending=sending,
        preflighting=Preflighting(sending=sending, client=client, media_dir=paths.media),
        returning=Returning(
            sending=sending, folder=paths.bounces, client=client, settings=config.settings.bounces
        ),
        gate=gate,
        partnering=Partnering(**minting, partners_dir=paths.partners, turns=outside.turns),
        hubbing=_hubbing(shared, paths, outside, gate=gate),
        now=outside.now,
        mint=outside.mint,
        enqueue=post,
        post=post,
        scrape=Scrape(lambda: db.read(gauges.read_gauges, outside.now()), token=settings.metrics.token),
    )


def _purging(config: Config, paths: Paths, outside: Outside, *, db: Database, client: Client) -> Purging:
    return Purging(
        db=db,
        client=client,
        catalogue=config.catalogue,
        settings=config.settings.purge,
        public_dir=paths.public,
        turns=outside.turns,
        now=outside.now,
        wait=wait_of(config.settings),
    )


def _letters(config: Config, templates: Templates, outside: Outside) -> Letters:
    signers = load_signers(*config.dkim, where=str(config.path))
    return Letters(
        catalogue=config.catalogue,
        keyring=outside.keyring,
        templates=templates,
        signers=() if config.relay.signs else signers,
        now=outside.now,
        bounce_domain=config.settings.delivery.bounce_domain,
    )


def _sending(
    shared: dict[str, Any], config: Config, paths: Paths, *, fleet: Fleet, letters: Letters
) -> Sending:
    return Sending(
        **shared,
        keyring=letters.keyring,
        fleet=fleet,
        compositor=letters,
        journal_dir=paths.journal,
        chance=random.SystemRandom().random,
        mint=lambda: secrets.token_hex(8),
        settings=config.settings.delivery,
    )


def _hubbing(shared: dict[str, Any], paths: Paths, outside: Outside, *, gate: Gate) -> Hubbing:
    return Hubbing(
        **shared,
        public_dir=paths.public,
        client=outside.callbacks,
        mint=lambda: secrets.token_urlsafe(32),
        chance=random.SystemRandom().random,
        gate=gate,
    )


def _gate(shared: dict[str, Any], paths: Paths, outside: Outside) -> Gate:
    return Gate(
        **shared,
        partners_dir=paths.partners,
        keys=derived_keys(outside.keyring, "partner-url"),
        log=outside.delivery_log,
    )


def _callbacks(config: Config) -> Client:
    """A client apart, so that collecting never waits for a callback; the hub bounds how many it asks."""
    limits = replace(config.settings.fetch, timeout=config.catalogue.hub.timeout)
    return Client(limits, site=config.catalogue.site, connections=0, lookups=LOOKUPS)


def _uploading(config: Config, paths: Paths, outside: Outside, *, shared: dict[str, Any]) -> Uploading:
    db, catalogue, enqueue = shared["db"], config.catalogue, shared["enqueue"]

    async def told(names: Sequence[str]) -> None:
        if names and catalogue.purges:
            paths = files_as_paths(names)
            await db.write(note_changes, catalogue, paths, now=outside.now(), enqueue=enqueue)

    return Uploading(
        catalogue=catalogue,
        told=told,
        public_dir=paths.public,
        media_dir=paths.media,
        record=paths.uploads,
        settings=config.settings.storage,
        allow_hosts=config.settings.fetch.allow_hosts,
        turns=outside.turns,
    )


def _refuse_missing(config: Config, templates: Templates) -> None:
    """Every newsletter's template is there, before an issue needs it. Raises ConfigError."""
    faults = [
        Fault(
            key=f"newsletters.{one.name}.template", value=f'"{one.template}"', right=f"needs templates/{file}"
        )
        for one in config.catalogue.newsletters.values()
        for file in (f"email/{one.template}.html", f"email/{one.template}.txt")
        if not templates.has(file)
    ]
    if faults:
        raise ConfigError(str(config.path), faults)
