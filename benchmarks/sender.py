"""`python -m benchmarks.sender ORDER`: send an issue in a process of its own; what it took, as JSON.

Fresh each time, so that the CPU time and the peak of memory are those of a sender and nothing else.
"""

import asyncio
import itertools
import json
import logging
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, insert, text

from benchmarks.memory import peak
from syndicate.deliver import send
from syndicate.deliver.letters import Letters
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import Relay, Security, Site
from syndicate.model.subscriber import SuppressionReason
from syndicate.store.database import Database
from syndicate.store.schema import issues, metadata, newsletters, suppressions
from syndicate.templating import Templates
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import KEYRING, a_sending

SIZE = 20_000
SUPPRESSED = 1_000
NEWSLETTER = a_newsletter()
SITE = Site(name="Harbour Courier", base_url="https://news.courier.example")
# What a large newsroom has: everybody once, and one newsletter for all.
READERS = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO subscribers (id, address, address_key, name, language, created)
SELECT i, 'reader' || i || '@readers.example', 'reader' || i || '@readers.example', 'Mina Vale', '', :now
FROM n
"""
SUBSCRIBED = """
INSERT INTO subscriptions (subscriber_id, newsletter, state, since, ended_reason, consent_source,
  consent_wording)
SELECT id, :newsletter, 'active', :now, '', '', '' FROM subscribers
"""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to send where. `loop` is uvloop or asyncio; `signed`: with an RSA key of 2048 bits.

    `folder` is where the journal is kept: beside an SQLite database, unless it is given.
    """

    database: str
    port: int
    folder: str = ""
    loop: str = "uvloop"
    connections: int = 10
    signed: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many were sent, the seconds, those of CPU time, and the peak of memory in bytes."""

    sent: int
    seconds: float
    cpu: float
    memory: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of CPU time a message, of all threads."""
        return self.cpu / self.sent * 1e6


def fill(db: Database, readers: int) -> None:
    """A database with an issue of 20 KB for so many readers, and a thousand whom nobody may write to."""
    db.write_now(metadata.create_all)
    db.write_now(add_issue, readers)


def send_in_child(order: Order) -> Result:
    """Send it, in a process that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.sender", json.dumps(asdict(order))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Send, and tell."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    order = Order(**json.loads(sys.argv[1]))
    if order.loop == "uvloop":
        import uvloop

        print(json.dumps(asdict(uvloop.run(_send(order)))))
    else:
        print(json.dumps(asdict(asyncio.run(_send(order)))))


async def _send(order: Order) -> Result:
    db = Database(order.database)
    names = itertools.count(1)
    relay = Relay(
        local=False,
        host="127.0.0.1",
        port=order.port,
        security=Security.NONE,
        connections=order.connections,
        messages_per_connection=1_000_000,
    )
    sending = a_sending(
        db,
        relay,
        Path(order.folder or Path(order.database).parent),
        now=lambda: datetime.now(UTC),
        mint=lambda: f"sender-{next(names)}",
        compositor=_letters(order),
    )
    candidates = await send.start_issue(sending, 1)
    cpu, begun = _cpu(), time.perf_counter()
    await send.send_due(sending, 1)
    took, spent = time.perf_counter() - begun, _cpu() - cpu
    report = await send.report(sending, 1)
    await sending.fleet.close()
    db.close()
    assert sum(report.tally.values()) == candidates, report
    assert set(report.tally) <= {DeliveryState.SENT, DeliveryState.QUEUED}, report
    return Result(sent=report.tally[DeliveryState.SENT], seconds=took, cpu=spent, memory=peak())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _letters(order: Order) -> Letters:
    letters = Letters(
        catalogue=Catalogue(site=SITE, newsletters={NEWSLETTER.name: NEWSLETTER}),
        keyring=KEYRING,
        templates=Templates(),
        now=lambda: datetime.now(UTC),
    )
    if not order.signed:
        return letters
    from benchmarks.compose import RSA
    from syndicate.deliver.dkim import Signer

    return replace(letters, signers=(Signer(domain="courier.example", selector="s1", key=RSA),))


def add_issue(conn: Connection, readers: int) -> None:
    """The same where there are tables."""
    from benchmarks.compose import ENGLISH, an_issue_of

    made = an_issue_of(ENGLISH, SIZE)
    conn.execute(insert(newsletters).values(name=NEWSLETTER.name, last_number=1))
    now = NOON.replace(tzinfo=None)
    conn.execute(text(READERS), {"count": readers, "now": now})
    conn.execute(text(SUBSCRIBED), {"newsletter": NEWSLETTER.name, "now": now})
    conn.execute(
        insert(issues).values(
            id=1,
            newsletter=NEWSLETTER.name,
            number=1,
            state=IssueState.COMPILED.value,
            compiled=NOON,
            subject=made.subject,
            html=made.html,
            text=made.text,
            slot_key=made.slot_key,
        )
    )
    left = {"reason": SuppressionReason.COMPLAINT.value, "since": NOON, "note": ""}
    conn.execute(
        insert(suppressions), [left | {"address_hash": f"{number:064x}"} for number in range(SUPPRESSED)]
    )


if __name__ == "__main__":
    main()
