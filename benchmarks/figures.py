"""What a unit costs: measured on two shared cores (README), counted, given or assumed."""

from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """How we know: by a run, by counting in the code, by a setting, or not at all."""

    MEASURED = "measured"
    COUNTED = "counted"
    GIVEN = "given"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A unit's cost. `where` names the row of `make bench` that measured it, or who says so."""

    value: float
    unit: str
    what: str
    where: str
    basis: Basis = Basis.MEASURED


def _row(value: float, unit: str, what: str, suite: str) -> Figure:
    return Figure(value=value, unit=unit, what=what, where=f"`python -m benchmarks {suite}`")


def _assumed(value: float, unit: str, what: str, who: str) -> Figure:
    return Figure(value=value, unit=unit, what=what, where=who, basis=Basis.ASSUMED)


FIGURES = {
    "message": _row(20_000, "bytes", "a message", "send"),
    "sender": _row(100, "µs", "CPU of a message in a sender, on PostgreSQL", "dispatch"),
    "signature": _row(290, "µs", "CPU of its RSA-2048 signature", "compose"),
    "create": _row(3.5, "µs", "CPU of the server to create a delivery, by one core", "rows"),
    "server": _row(47.0, "µs", "CPU of the server for a message, all of its statements", "dispatch"),
    "log": _row(705, "bytes", "log of changes a delivery writes", "rows"),
    "row": _row(314, "bytes", "a delivery that was sent, with its indexes", "rows"),
    "person": _row(376, "bytes", "a subscriber and a subscription, with their indexes", "rows"),
    "ending": _row(1.8, "ms", "the issue's lock at the end of a batch", "rows"),
    "job": _row(2.0, "ms", "CPU of a job, its carrying included", "dispatch"),
    "jobs": _row(700, "jobs/s", "jobs that Procrastinate carries to one process, at the least", "dispatch"),
    "postfix": _row(930, "messages/s", "a Postfix with its queue on the disk takes", "send"),
    "trips": _row(1.2, "round trips", "a message needs on one connection", "send"),
    "turns": Figure(
        value=7,
        unit="round trips",
        what="a transaction of a send makes",
        where="store/hot.py",
        basis=Basis.COUNTED,
    ),
    "recorded": Figure(
        value=66,
        unit="messages",
        what="one such transaction records",
        where="two thirds of `[delivery] group`",
        basis=Basis.COUNTED,
    ),
    "batch": Figure(
        value=500, unit="messages", what="a batch", where="`[delivery] batch`", basis=Basis.GIVEN
    ),
    "nginx_304": _row(148_000, "requests/s", "304s by one worker of nginx", "serve"),
    "nginx_200": _row(101_000, "requests/s", "compressed 200s by one worker of nginx", "serve"),
    "feed": _row(13_454, "bytes", "a feed of 60 KB in gzip", "serve"),
    "busy": _assumed(0.7, "", "of a core, a relay or a network card is planned to be used", "ours"),
    "cores": Figure(
        value=2,
        unit="cores",
        what="a worker node",
        where="the machine that all of this was measured on",
        basis=Basis.GIVEN,
    ),
    "server_cores": _assumed(
        64, "cores", "the largest PostgreSQL server", "ours: what one can rent; nothing above 2 was measured"
    ),
    "log_disk": _assumed(
        500e6, "bytes/s", "its disk writes in order", "ours: an NVMe disk; measure pg_test_fsync"
    ),
    "kumomta": _assumed(
        917, "messages/s", "KumoMTA on 8 cores, messages of 100 KB", "kumomta.com, performance update of 2025"
    ),
    "ip": _assumed(
        20, "messages/s", "an address receivers trust may send, over all of them", "ours: nobody publishes it"
    ),
    "one_domain": _assumed(0.35, "", "of all readers are at the largest mail host", "ours: count your own"),
    "wire": _assumed(1.06, "", "bytes on the wire for one of a message (SMTP, TLS, TCP)", "ours"),
    "distance": _assumed(0.08, "s", "round trip between the regions", "ours: across an ocean"),
    "unchanged": _assumed(
        0.8, "", "of feed requests are answered 304", "ours: readers ask more often than news come"
    ),
    "edges": _assumed(200, "", "places of a CDN that each keep a copy", "ours: check your provider's"),
    "urls": _assumed(800, "", "feed URLs (200 feeds, 4 formats)", "ours"),
    "max_age": _assumed(
        300, "s", "a copy is kept before it is asked about", "ours: [feeds] ttl; a purge makes it longer"
    ),
    "feed_requests": _assumed(100_000, "requests/s", "for feeds", "ours: the aim"),
}


def value(name: str) -> float:
    """A figure's value."""
    return FIGURES[name].value
