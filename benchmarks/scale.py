"""`python -m benchmarks.scale`: what a plan needs past these machines, from what a unit costs on them.

A pure simulation over benchmarks/figures.py: the tables of docs/design/scale.md and docs/images/scale.svg
come from nothing else, and `--write` brings both up to date.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks.figures import FIGURES, value
from benchmarks.scale_plot import Curve, draw

DOCUMENT = Path(__file__).parent.parent / "docs/design/scale.md"
IMAGE = Path(__file__).parent.parent / "docs/images/scale.svg"
BEGIN, END = "<!-- python -m benchmarks.scale --write -->\n", "<!-- end -->"
MINUTES = 30
AUDIENCES = (100_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What cannot be had twice, and how many messages a second it allows."""

    what: str
    rate: float
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an issue for so many readers needs to leave within so many minutes. Rates are a second."""

    readers: int
    minutes: float
    creating: float
    rate: float
    sender_nodes: int
    signing_nodes: int
    server_cores: float
    log: float
    storage: float
    relays: int
    kumomta: int
    egress: float
    addresses: int
    first: Ceiling

    @property
    def used(self) -> float:
        """How much of what breaks first is used."""
        return self.rate / self.first.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What two regions mean for a sender and for relays that are not beside the database."""

    beside: float
    away: float
    connections: int
    replica: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """What so many feed requests a second need, without a CDN and with one. Egress in bits a second."""

    cores: float
    nodes: int
    egress: float
    origin: float
    hits: float


def server_cost() -> float:
    """Microseconds of CPU of the database's server for a message."""
    return value("server")


def ceilings() -> list[Ceiling]:
    """Of what there is one, however many nodes send: the lowest first."""
    cores = value("server_cores") * value("busy")
    return sorted(
        [
            Ceiling(
                what="PostgreSQL's cores",
                rate=cores * 1e6 / server_cost(),
                then="two installations, readers split",
            ),
            Ceiling(
                what="PostgreSQL's log of changes",
                rate=value("log_disk") * value("busy") / value("log"),
                then="a second disk for the log",
            ),
            Ceiling(
                what="the issue's lock at the end of a batch",
                rate=value("batch") * 1000 / value("ending") * value("busy"),
                then="a larger `[delivery] batch`",
            ),
            Ceiling(
                what="jobs a second",
                rate=value("jobs") * value("batch") * value("busy"),
                then="a larger `[delivery] batch`",
            ),
        ],
        key=lambda one: one.rate,
    )


def plan(readers: int, minutes: float = MINUTES) -> Plan:
    """What it takes. The issue leaves once all its deliveries are created, by one core.

    Raises ValueError where that alone takes too long.
    """
    creating = readers * value("create") / 1e6
    if creating >= minutes * 60:
        raise ValueError(f"to create {readers:,} deliveries takes longer than {minutes:g} minutes")
    rate = readers / (minutes * 60 - creating)
    busy = value("busy")
    node = value("cores") * busy * 1e6
    return Plan(
        readers=readers,
        minutes=minutes,
        creating=creating,
        rate=rate,
        sender_nodes=ceil(rate * value("sender") / node),
        signing_nodes=ceil(rate * (value("sender") + value("signature")) / node),
        server_cores=rate * server_cost() / 1e6 / busy,
        log=rate * value("log"),
        storage=readers * (value("row") + value("person")),
        relays=ceil(rate / value("postfix") / busy),
        kumomta=ceil(rate / value("kumomta") / busy),
        egress=rate * value("message") * value("wire") * 8,
        addresses=ceil(rate / value("ip")),
        first=_first(rate),
    )


def _first(rate: float) -> Ceiling:
    """What is broken already, or else what is reached next when the rate grows from here."""
    if broken := [one for one in ceilings() if one.rate < rate]:
        return broken[0]
    busy = value("busy")
    single = [
        Ceiling(what="one Postfix", rate=value("postfix") * busy, then="more relays"),
        Ceiling(
            what="one sender process",
            rate=1e6 * busy / value("sender"),
            then="`[delivery] processes`, more workers",
        ),
        Ceiling(
            what="one sender node",
            rate=value("cores") * busy * 1e6 / value("sender"),
            then="more worker nodes",
        ),
        *ceilings(),
    ]
    return min((one for one in single if one.rate >= rate), key=lambda one: one.rate)


def regions(made: Plan) -> Region:
    """Half of the relays in another region, and what a sender there would do."""
    apart = value("distance")
    return Region(
        beside=1e6 / value("sender"),
        away=value("recorded") / (value("turns") * apart),
        connections=ceil(made.rate / 2 * value("trips") * apart),
        replica=made.log * 8,
    )


def feeds() -> Feeds:
    """The same requests at our own nodes, and behind a CDN, where each place asks again once a max-age."""
    requests, unchanged = value("feed_requests"), value("unchanged")
    cores = requests * (unchanged / value("nginx_304") + (1 - unchanged) / value("nginx_200")) / value("busy")
    origin = value("urls") * value("edges") / value("max_age")
    return Feeds(
        cores=cores,
        nodes=max(2, ceil(cores / value("cores"))),
        egress=requests * (1 - unchanged) * value("feed") * 8,
        origin=origin,
        hits=1 - origin / requests,
    )


def curve(name: str, *, signed: bool, most: int = 12) -> Curve:
    """Readers a minute by nodes that send, until the first of what is alone is used up."""
    each = value("sender") + (value("signature") if signed else 0)
    node, limit = value("cores") * value("busy") * 1e6 / each, ceilings()[0].rate
    return Curve(name=name, points=[(nodes, min(nodes * node, limit) * 60) for nodes in range(1, most + 1)])


def picture() -> str:
    """Readers a minute against nodes, as SVG."""
    curves = [curve("unsigned, or signed by the relay", signed=False), curve("RSA-2048 signed", signed=True)]
    lines = [(f"{one.what}: {one.rate * 60 / 1e6:.1f} million", one.rate * 60) for one in ceilings()[:1]]
    wanted = ("50 million in 30 minutes", plan(50_000_000).rate * 60)
    return draw(
        curves, [*lines, wanted], across="worker nodes of 2 cores", up="readers a minute, in millions"
    )


def markdown() -> str:
    """All tables, as docs/design/scale.md has them."""
    parts = (_plans(), _ceilings(), _regions(), _feeds(), _figures())
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _plans() -> list[str]:
    names = (
        "readers in 30 min",
        "messages/s",
        "creating",
        "worker nodes (signed)",
        "PostgreSQL cores",
        "log, MB/s",
        "rows, GB",
        "relays: Postfix, KumoMTA",
        "egress, Gbit/s",
        "sending addresses",
        "breaks next",
        "used",
    )
    return _table(names, [_planned(plan(readers)) for readers in AUDIENCES])


def _planned(made: Plan) -> tuple[str, ...]:
    return (
        f"{made.readers:,}",
        f"{made.rate:,.0f}",
        f"{made.creating:,.0f} s",
        f"{made.sender_nodes} ({made.signing_nodes})",
        f"{made.server_cores:.1f}",
        f"{made.log / 1e6:.1f}",
        f"{made.storage / 1e9:.1f}",
        f"{made.relays}, {made.kumomta}",
        f"{made.egress / 1e9:.2f}",
        f"{made.addresses:,}",
        f"{made.first.what}: {made.first.then}",
        f"{made.used:.0%}",
    )


def _ceilings() -> list[str]:
    names = ("there is one of it", "messages/s at most", "million readers in 30 min", "then")
    most = MINUTES * 60 / 1e6
    return _table(
        names, [(one.what, f"{one.rate:,.0f}", f"{one.rate * most:,.0f}", one.then) for one in ceilings()]
    )


def _regions() -> list[str]:
    made = plan(50_000_000)
    two, apart = regions(made), f"{value('distance') * 1000:.0f} ms away"
    rows = (
        ("a sender process beside the database", f"{two.beside:,.0f} messages/s"),
        (f"a running batch {apart} from it", f"{two.away:,.0f} messages/s"),
        (f"connections to relays {apart}, for half of the mail", f"{two.connections:,}"),
        ("to the largest mail host", f"{made.rate * value('one_domain'):,.0f} messages/s"),
        ("to the replica in the other region", f"{two.replica / 1e6:,.0f} Mbit/s"),
    )
    return _table(("two regions, 50 million in 30 min", ""), rows)


def _feeds() -> list[str]:
    found = feeds()
    rows = (
        ("cores of nginx, without a CDN", f"{found.cores:.1f}, on {found.nodes} nodes"),
        ("egress, without a CDN", f"{found.egress / 1e9:.1f} Gbit/s"),
        ("requests that reach us behind a CDN", f"{found.origin:,.0f}/s"),
        ("its hit rate", f"{found.hits:.2%}"),
    )
    return _table((f"{value('feed_requests'):,.0f} feed requests a second", ""), rows)


def _figures() -> list[str]:
    rows = [(one.what, f"{one.value:,g} {one.unit}", one.basis.value, one.where) for one in FIGURES.values()]
    return _table(("figure", "value", "", "where from"), rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [" | ".join(row) for row in (names, *rows)]
    return [f"| {lines[0]} |", "|" + "---|" * len(names), *(f"| {line} |" for line in lines[1:])]


def written(text: str) -> str:
    """The document with today's tables in the place of those that it holds."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{markdown()}{END}{after}"


def main() -> None:
    """Print it, and what breaks first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the document's tables and the picture")
    wanted = parser.parse_args()
    print(markdown())
    print()
    for made in map(plan, AUDIENCES):
        print(f"{made.readers:>11,} readers: {made.first.what} breaks next, at {made.first.rate:,.0f}/s")
    if wanted.write:
        DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8")), "utf-8")
        IMAGE.write_text(picture(), "utf-8")


if __name__ == "__main__":
    main()
