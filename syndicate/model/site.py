"""The publishing site itself, the relay, and the settings of each part of the program."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from syndicate.model.bounces import BounceSettings
from syndicate.model.job import Engine
from syndicate.model.pacing import WarmUp

# What a relay's host begins with where it is no name.
FILE = "file:"
UNIX = "unix:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes. Every link comes from `base_url`, never from a request's Host header."""

    name: str = "Syndicate"
    description: str = ""
    base_url: str = "http://127.0.0.1:8080"
    language: str = "en"
    timezone: str = "UTC"
    contact: str = ""
    postal_address: str = ""


class Security(StrEnum):
    """How a relay's connection is secured: implicit TLS, STARTTLS (required), or none."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Protocol(StrEnum):
    """What a relay speaks: SMTP (RFC 5321), or LMTP (RFC 2033) where it is a mailbox server."""

    SMTP = "smtp"
    LMTP = "lmtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTimeouts:
    """How long one step with a relay may take, in seconds (RFC 5321, section 4.5.3.2).

    `connect` is for one address of it, `opening` for each answer until mail can go: greeting, TLS, hello,
    authentication. `final` is the answer to a whole message.
    """

    connect: float = 30.0
    opening: float = 300.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    final: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail goes. `local` stands for the local mailbox: a server of ours on loopback.

    `host` is a name, or `unix:PATH` of a socket, or `file:PATH` of a folder. `weight` is its share of the
    messages, 0 for a standby. `signs`: it signs our mail itself. `sends_from` are its addresses
    towards the world, as far as they are known. `at` is its table's dotted name.
    """

    name: str = ""
    at: str = "relay"
    local: bool = True
    host: str = ""
    port: int = 587
    protocol: Protocol = Protocol.SMTP
    weight: int = 1
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = ""
    verify: bool = True
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    helo: str = ""
    signs: bool = False
    sends_from: tuple[str, ...] = ()
    connections: int = 10
    messages_per_connection: int = 100
    timeouts: RelayTimeouts = field(default_factory=RelayTimeouts)
    rate: str = ""
    warm_up: WarmUp = field(default_factory=WarmUp)

    @property
    def title(self) -> str:
        """What it is called in records and logs."""
        if self.name or self.folder or self.socket:
            return self.name or self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def folder(self) -> str:
        """The folder that it is, empty for a server."""
        return self.host.removeprefix(FILE) if self.host.startswith(FILE) else ""

    @property
    def socket(self) -> str:
        """The path of the socket that it listens on, empty where it has an address."""
        return self.host.removeprefix(UNIX) if self.host.startswith(UNIX) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """A key that signs our mail (RFC 6376); off while `key_file` is empty.

    It signs from the first of its days to before the last, in UTC. `at` is its table's dotted name.
    """

    at: str = "dkim"
    domain: str = ""
    selector: str = ""
    key_file: str = ""
    signs_from: date | None = None
    signs_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How sending is paced and recorded. `group` is how many recipients one durable intent covers.

    With more than one of `processes`, so many send beside the one that serves. `keep` is how long the
    deliveries of an ended issue stay in the database: `timedelta.max` for ever.
    """

    group: int = 100
    batch: int = 500
    processes: int = 1
    retry_first: timedelta = timedelta(minutes=5)
    retry_cap: timedelta = timedelta(hours=4)
    bounce_domain: str = ""
    nameservers: tuple[str, ...] = ()
    keep: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """How collecting goes about it. `keep_raw` is how long raw pages are kept: zero, or `timedelta.max`."""

    keep_raw: timedelta = timedelta.max


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Limits of every outgoing request. Sizes in bytes, times in seconds."""

    user_agent: str = ""
    timeout: float = 30.0
    max_wire_bytes: int = 10_000_000
    max_body_bytes: int = 20_000_000
    max_redirects: int = 5
    delay: float = 1.0
    allow_hosts: tuple[str, ...] = ()
    obey_robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the embedded server listens, and what one caller may do.

    `repeats` is how often one caller may fetch the same version of a document within the time that it is
    fresh, without a condition; 0 for no limit. `feed_memory` is in bytes.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[str, ...] = ()
    signups_per_ip_hour: int = 10
    signups_per_domain_hour: int = 100
    repeats: int = 120
    feed_memory: int = 100_000_000
    allow_root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """The `folder` that published files lie in, empty for data_dir, and S3-compatible storage that they are
    uploaded to; nothing is while `url` is empty. With `serves` the web reads them from there.
    """

    folder: str = ""
    url: str = ""
    serves: bool = False
    endpoint: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    connections: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """Where a scheduler or a worker tells how it is, as host:port; nowhere while `listen` is empty."""

    listen: str = "127.0.0.1:8081"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Who may read /metrics besides this machine: whoever sends the token; nobody while it is empty."""

    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """Where traces go, by OTLP over HTTP; none are made while `endpoint` is empty."""

    endpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """What carries jobs, and how many one process does at a time."""

    engine: Engine = Engine.EMBEDDED
    concurrency: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlSettings:
    """How PostgreSQL is reached. `pool` is how many connections a process has for its transactions at most.

    `direct` is a URL past the pooler, for what needs a session; empty for `database` itself. `pooler`: the
    other URLs lead to one that gives a connection for a transaction. `replica` answers what may be old.
    """

    direct: str = field(default="", repr=False)
    pooler: bool = False
    replica: str = field(default="", repr=False)
    pool: int = 8


class PurgeStyle(StrEnum):
    """How a cache is told: a PURGE request for each URL, or the URLs of many in one POST of JSON."""

    PURGE = "purge"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeSettings:
    """The cache in front of us that is told what changed; nobody is while `url` is empty.

    `wait` is how many seconds those behind it may answer with the former version.
    """

    url: str = ""
    style: PurgeStyle = PurgeStyle.PURGE
    token_file: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is not a named thing."""

    data_dir: str = "var"
    database: str = ""
    templates: str = ""
    postgresql: PostgresqlSettings = field(default_factory=PostgresqlSettings)
    dispatch: DispatchSettings = field(default_factory=DispatchSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    collect: CollectSettings = field(default_factory=CollectSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    web: WebSettings = field(default_factory=WebSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    purge: PurgeSettings = field(default_factory=PurgeSettings)
    bounces: BounceSettings = field(default_factory=BounceSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
