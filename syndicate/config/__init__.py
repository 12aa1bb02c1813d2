"""The configuration: one TOML file, environment variables over it, one frozen value.

It is read once, at the edge; all its faults are told at once. docs/reference/settings.md has every setting.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from syndicate.config.environment import overlay, with_variable
from syndicate.config.keys import read_keys
from syndicate.config.reading import Reading, settings_of
from syndicate.config.references import reference_faults
from syndicate.config.relays import RELAYS, read_relays, with_files
from syndicate.config.rules import host, name
from syndicate.config.spelling import closest, listed
from syndicate.errors import ConfigError, Fault
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Mode, Replay
from syndicate.model.hub import Hub
from syndicate.model.newsletter import Newsletter
from syndicate.model.pacing import DEFAULT, DomainLimits
from syndicate.model.partner import Partner
from syndicate.model.paths import Paths
from syndicate.model.site import Dkim, Relay, Settings, Site
from syndicate.model.source import OldSite, Publish, Source

T = TypeVar("T")

DEFAULT_PATH = "config/syndicate.toml"
TABLES: dict[str, type] = {"site": Site, "hub": Hub, "relay": Relay, "dkim": Dkim}
NAMED_TABLES: dict[str, type] = {
    "old_sites": OldSite,
    "sources": Source,
    "feeds": Feed,
    "newsletters": Newsletter,
    "partners": Partner,
    "domains": DomainLimits,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that an operator can set, checked. `path` is the file it came from."""

    path: Path
    catalogue: Catalogue
    relays: tuple[Relay, ...] = (Relay(),)
    dkim: tuple[Dkim, ...] = ()
    domains: Mapping[str, DomainLimits] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    @property
    def relay(self) -> Relay:
        """The first relay, which is the only one unless there are tables of [relays]."""
        return self.relays[0]

    @property
    def named_files(self) -> tuple[Path, ...]:
        """The keys and certificates that it names: those that sign our mail, and what relays are shown."""
        signing = [key.key_file for key in self.dkim]
        shown = [path for one in self.relays for path in (one.ca_file, one.cert_file, one.key_file)]
        return tuple(Path(path) for path in dict.fromkeys((*signing, *shown)) if path)

    @property
    def data_dir(self) -> Path:
        """Where everything we write lives."""
        return Path(self.settings.data_dir)

    @property
    def paths(self) -> Paths:
        """Where each thing that we write lies."""
        shared = self.settings.storage.folder
        return Paths(data=self.data_dir, shared=Path(shared) if shared else None)

    @property
    def database(self) -> str:
        """The database's URL, or the path of the SQLite file."""
        return self.settings.database or str(self.data_dir / "syndicate.db")

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is a PostgreSQL, which several machines can share."""
        return self.database.startswith("postgres")

    @property
    def direct(self) -> str:
        """The way to PostgreSQL past a pooler, for what needs a session of its own."""
        return self.settings.postgresql.direct or self.database


def load(path: Path, *, environ: Mapping[str, str] | None = None) -> Config:
    """Read and check the configuration. Raises ConfigError with every fault that it has."""
    table, faults = overlay(_parse(path), os.environ if environ is None else environ)
    reading = Reading()
    reading.faults += faults
    config = _read(reading, table, path)
    told = {fault.key.split(" ")[0] for fault in reading.faults}
    reading.faults += (with_variable(fault, table) for fault in reference_faults(config, told))
    if reading.faults:
        raise ConfigError(str(path), reading.faults)
    return _resolved(config)


def _parse(path: Path) -> dict[str, Any]:
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        right = "no such file; name it with -c, or write one with: syndicate init"
    except UnicodeDecodeError as error:
        right = f"is not UTF-8 at byte {error.start}; save it as UTF-8"
    except OSError as error:
        right = f"cannot be read: {error.strerror}"
    except tomllib.TOMLDecodeError as error:
        right = f"is no TOML: {error}{_last_line(text) if 'end of document' in str(error) else ''}"
    raise ConfigError(str(path), [Fault(key="", value="", right=right)])


def _last_line(text: str) -> str:
    # What was opened and not closed is reported at the end, without its place.
    lines = text.rstrip().splitlines() or [""]
    return f", which is line {len(lines)}: {lines[-1].strip()[:60]}"


def _read(reading: Reading, table: dict[str, Any], path: Path) -> Config:
    _tell_unknown(reading, table)
    own = {key: table[key] for key in _top_level() & table.keys()}
    site = reading.read(Site, table.get("site", {}), "site")
    local = {"language": site.language}
    mailing = local | {"timezone": site.timezone, "postal_address": site.postal_address}
    feeds = _named(reading, _timed(table, site), "feeds", Feed, local)
    catalogue = Catalogue(
        site=site,
        hub=reading.read(Hub, table.get("hub", {}), "hub"),
        old_sites=_named(reading, table, "old_sites", OldSite, {}),
        sources=_named(reading, _declared(table), "sources", Source, {}),
        feeds={name: feed for name, feed in feeds.items() if not feed.moved_to},
        moved={name: feed for name, feed in feeds.items() if feed.moved_to},
        newsletters=_named(reading, table, "newsletters", Newsletter, mailing),
        partners=_named(reading, table, "partners", Partner, {}),
    )
    settings = reading.read(Settings, own, "")
    return Config(
        path=path,
        catalogue=replace(catalogue, uploads=bool(settings.storage.url), purges=bool(settings.purge.url)),
        relays=read_relays(reading, table),
        dkim=tuple(read_keys(reading, table.get("dkim", {}))),
        domains=_read_domains(reading, table.get("domains", {})),
        settings=settings,
    )


def _read_domains(reading: Reading, table: Any) -> dict[str, DomainLimits]:
    """The limits by recipients' domain, in lower case; `default` is for every other one."""
    if not isinstance(table, dict):
        reading.tell("domains", table, 'must be tables: [domains."readers.example"] or [domains.default]')
        return {}
    for key in table:
        if fault := key != DEFAULT and host(key):
            reading.tell(f"domains.{key}", key, fault)
    return {key.lower(): reading.read(DomainLimits, inner, f"domains.{key}") for key, inner in table.items()}


def _declared(table: Mapping[str, Any]) -> dict[str, Any]:
    """The sources, where an old site of our own may be published in full unless it says otherwise (P2)."""
    sources = table.get("sources", {})
    if not isinstance(sources, dict):
        return {"sources": sources}
    return {"sources": {key: _with_rights(source) for key, source in sources.items()}}


def _with_rights(source: Any) -> Any:
    rights = source.get("rights", {}) if isinstance(source, dict) else None
    if not isinstance(rights, dict) or not source.get("old_site"):
        return source
    return {**source, "rights": {"publish": Publish.FULL.value, **rights}}


def _timed(table: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """The feeds, whose replays keep the site's time unless they say otherwise."""
    feeds = table.get("feeds", {})
    if not isinstance(feeds, dict):
        return {"feeds": feeds}
    return {"feeds": {key: _with_zone(feed, site.timezone) for key, feed in feeds.items()}}


def _with_zone(feed: Any, zone: str) -> Any:
    replay = feed.get("replay", {}) if isinstance(feed, dict) else None
    if not isinstance(replay, dict) or feed.get("mode") != Mode.REPLAY:
        return feed
    return {**feed, "replay": {"cadence": Replay().cadence.cron, "timezone": zone, **replay}}


def _top_level() -> set[str]:
    return {setting.name for setting in settings_of(Settings)}


def _tell_unknown(reading: Reading, table: Mapping[str, Any]) -> None:
    known = _top_level() | TABLES.keys() | NAMED_TABLES.keys() | {RELAYS}
    for key in sorted(table.keys() - known):
        near = closest(key, known) or f"; there are {listed(known)}"
        reading.tell(key, table[key], f"is no setting of the file{near}")


def _named(
    reading: Reading, table: Mapping[str, Any], group: str, cls: type[T], defaults: Mapping[str, Any]
) -> dict[str, T]:
    found = table.get(group, {})
    if not isinstance(found, dict):
        reading.tell(group, found, f"must be tables: [{group}.NAME]")
        return {}
    values = {}
    for key, inner in found.items():
        at = f"{group}.{key}"
        if fault := name(key):
            reading.tell(at, key, fault)
        own = {"key": key} if cls is OldSite else {"name": key}
        values[key] = reading.read(
            cls, {**defaults, **inner} if isinstance(inner, dict) else inner, at, **own
        )
    return values


def _resolved(config: Config) -> Config:
    """Paths of files that the configuration names start at its folder; what we write, at the working one."""
    folder = config.path.resolve().parent

    def place(text: str) -> str:
        return str(folder / text) if text else ""

    sources = {key: replace(one, folder=place(one.folder)) for key, one in config.catalogue.sources.items()}
    return replace(
        config,
        catalogue=replace(config.catalogue, sources=sources),
        dkim=tuple(replace(key, key_file=place(key.key_file)) for key in config.dkim),
        relays=tuple(with_files(relay, place) for relay in config.relays),
        settings=replace(
            config.settings,
            templates=place(config.settings.templates),
            purge=replace(config.settings.purge, token_file=place(config.settings.purge.token_file)),
        ),
    )
