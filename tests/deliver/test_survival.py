"""Requirement S2: whatever a relay does at any moment, every recipient is in the right state.

Each case with commands grouped and one by one, and in LMTP.
"""

import asyncio
import ssl
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import send
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState, Uncertain
from syndicate.model.site import RelayTimeouts, Security
from syndicate.store import deliveries
from syndicate.store.database import Database
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import Hands, Plain, a_sending, add_issue, address
from tests.deliver.test_smtp import a_certificate
from tests.neighbours.smtp_server import Drop, Moment, Script, Silence, SmtpServer, Wreck, running, says_yes

STATES = DeliveryState
SENT, DEFERRED, REFUSED, UNKNOWN = STATES.SENT, STATES.DEFERRED, STATES.REFUSED, STATES.UNKNOWN
READERS = 5
# To whom the odd thing happens: neither first nor last, and on a connection that has served others.
WHO = 3
PLAIN = ("SIZE 50000000", "8BITMIME")
GARBAGE = b"\x00\xffWhat?\r\n"
WRONG_CODE = b"250-one\r\n354 two\r\n"
Answer = str | bytes | type[Exception]


@dataclass(frozen=True)
class Speech:
    """How commands and answers go to and fro."""

    extensions: tuple[str, ...]
    lmtp: bool = False

    def server(self, script: Script, **change: Any) -> SmtpServer:
        """One that speaks so."""
        return SmtpServer(script=script, extensions=self.extensions, lmtp=self.lmtp, **change)


@pytest.fixture(
    params=[
        Speech(("PIPELINING", *PLAIN)),
        Speech(PLAIN),
        Speech(("PIPELINING", "ENHANCEDSTATUSCODES"), lmtp=True),
    ],
    ids=["grouped", "one-by-one", "lmtp"],
)
def speech(request: pytest.FixtureRequest) -> Speech:
    """Each test runs with every one of them."""
    found: Speech = request.param
    return found


def for_one(verb: str, answer: Answer) -> Script:
    """A script that answers this verb so whenever it is about one recipient."""

    def script(moment: Moment) -> str | bytes | None:
        about = moment.recipient == address(WHO) or moment.sender == f"b-{WHO}@courier.example"
        return _say(answer) if moment.verb == verb and about else None

    return script


def always(verb: str, answer: Answer) -> Script:
    """A script that answers this verb so each time."""
    return lambda moment: _say(answer) if moment.verb == verb else None


def _say(answer: Answer) -> str | bytes:
    if isinstance(answer, type):
        raise answer
    return answer


async def send_all(
    db: Database, folder: Path, server: SmtpServer, *, readers: int = READERS, **change: Any
) -> send.IssueReport:
    """Send a fresh issue over one connection as far as it goes at once; everybody is accounted for."""
    issue_id = db.write_now(add_issue, readers=readers)
    relay = {"connections": 1, **change.pop("relay", {})}
    async with running(server):
        sending = a_sending(db, server.relay(**relay), folder, **change)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert sum(report.tally.values()) == report.candidates == readers
    return report


def states(db: Database) -> list[DeliveryState]:
    return [row.state for row in db.read_now(deliveries.list_deliveries, 1)]


CASES = [
    (verb, answer, DEFERRED)
    for verb in ("MAIL", "RCPT", "DATA")
    for answer in ("421 4.3.2 closing", "451 4.3.0 later", "452 4.3.1 no room", Drop, GARBAGE, WRONG_CODE)
] + [
    ("RCPT", "450 4.2.0 greylisted, come again", DEFERRED),
    ("RCPT", "451 4.7.1 greylisted", DEFERRED),
    ("RCPT", "454 4.7.1 not now", DEFERRED),
    ("RCPT", "450-4.2.0 greylisted\r\n450 4.2.0 come again", DEFERRED),
    ("RCPT", "550 5.1.1 unknown", REFUSED),
    ("RCPT", "552 5.2.2 mailbox full", REFUSED),
    ("RCPT", "553 5.1.3 what?", REFUSED),
    ("DATA", "554 5.6.0 no", REFUSED),
    ("DOT", "421 4.3.2 closing", DEFERRED),
    ("DOT", "451 4.3.0 later", DEFERRED),
    ("DOT", "452 4.2.2 full at the moment", DEFERRED),
    ("DOT", "454 4.3.0 not now", DEFERRED),
    ("DOT", "552 5.2.2 mailbox full", REFUSED),
    ("DOT", "554 5.6.0 no", REFUSED),
    ("DOT", Drop, UNKNOWN),
    ("DOT", GARBAGE, UNKNOWN),
    ("DOT", WRONG_CODE, UNKNOWN),
]


@pytest.mark.parametrize(("verb", "answer", "state"), CASES)
async def test_one_recipient_has_the_state_that_follows_and_all_others_get_it(
    sqlite_db: Database, tmp_path: Path, speech: Speech, verb: str, answer: Answer, state: DeliveryState
) -> None:
    server = speech.server(for_one(verb, answer))
    await send_all(sqlite_db, tmp_path, server)
    assert states(sqlite_db) == [SENT if n != WHO else state for n in range(1, READERS + 1)]
    assert server.recipients == [address(n) for n in range(1, READERS + 1) if n != WHO]
    # A body left for whoever was asked for one, and a dot after nothing less.
    assert server.verbs["DOT"] == READERS - (verb != "DOT")


async def test_half_a_reply_to_the_last_body_is_no_acceptance(
    sqlite_db: Database, tmp_path: Path, speech: Speech
) -> None:
    server = speech.server(for_one("DOT", b"250-half of it\r\n"))
    await send_all(sqlite_db, tmp_path, server, readers=WHO, relay={"timeouts": RelayTimeouts(final=2)})
    assert states(sqlite_db) == [*[SENT] * (WHO - 1), UNKNOWN]


@pytest.mark.parametrize(
    ("verb", "state"), [("MAIL", DEFERRED), ("RCPT", DEFERRED), ("DATA", DEFERRED), ("DOT", UNKNOWN)]
)
async def test_silence_is_waited_for_and_then_judged(
    sqlite_db: Database, tmp_path: Path, speech: Speech, verb: str, state: DeliveryState
) -> None:
    server = speech.server(for_one(verb, Silence))
    timeouts = RelayTimeouts(mail=2, rcpt=2, data=2, final=2)
    await send_all(sqlite_db, tmp_path, server, readers=3, relay={"timeouts": timeouts})
    assert states(sqlite_db) == [SENT, SENT, state]
    assert server.verbs["DOT"] == 2 + (verb == "DOT")


async def test_half_a_body_gets_no_dot(sqlite_db: Database, tmp_path: Path, speech: Speech) -> None:
    server = speech.server(for_one("HALF", Drop))
    await send_all(sqlite_db, tmp_path, server, readers=4, compositor=Plain(20_000_000))
    assert states(sqlite_db) == [SENT, SENT, DEFERRED, SENT]
    assert server.verbs["DOT"] == 3


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "500 5.5.1 what?", Drop, GARBAGE])
async def test_what_a_relay_says_to_rset_costs_nobody_anything(
    sqlite_db: Database, tmp_path: Path, speech: Speech, answer: Answer
) -> None:
    def script(moment: Moment) -> str | bytes | None:
        if moment.verb == "RSET":
            return _say(answer)
        return for_one("RCPT", "550 5.1.1 unknown")(moment)

    await send_all(sqlite_db, tmp_path, speech.server(script))
    assert states(sqlite_db) == [SENT, SENT, REFUSED, SENT, SENT]


def closes_at_the_next(served: int) -> Script:
    """It says 421 to one message too many."""
    return lambda moment: "421 4.7.0 enough" if moment.verb == "MAIL" and moment.served >= served else None


def breaks_off_after(served: int) -> Script:
    """It closes without a word after so many messages."""
    return lambda moment: _say(Drop) if moment.verb == "AFTER" and moment.served >= served else None


def says_goodbye_after(served: int) -> Script:
    """It says 421 unasked after so many messages, and closes."""
    return lambda moment: "421 4.7.0 enough" if moment.verb == "AFTER" and moment.served >= served else None


@pytest.mark.parametrize("closing", [closes_at_the_next, breaks_off_after, says_goodbye_after])
@pytest.mark.parametrize("served", [1, 2])
async def test_so_many_messages_per_connection_are_a_limit_and_no_answer(
    sqlite_db: Database, tmp_path: Path, speech: Speech, closing: Any, served: int
) -> None:
    server = speech.server(closing(served))
    await send_all(sqlite_db, tmp_path, server, readers=7)
    # A goodbye that crosses the next message is no answer to that one either.
    assert states(sqlite_db) == [SENT] * 7
    assert server.sessions >= 7 / served


async def test_replies_may_come_in_many_lines_byte_by_byte_and_late(
    sqlite_db: Database, tmp_path: Path, speech: Speech
) -> None:
    lines = {
        "CONNECT": "220-relay.example\r\n220-says\r\n220 hello",
        "MAIL": "250-2.1.0 sender\r\n250 2.1.0 ok",
        "RCPT": "250-2.1.5\r\n250-\r\n250 2.1.5 ok",
        "DATA": "354-go\r\n354 on",
    }

    async def dawdle(_moment: Moment) -> None:
        await asyncio.sleep(0.01)

    server = speech.server(lambda moment: lines.get(moment.verb), split=True, gate=dawdle)
    await send_all(sqlite_db, tmp_path, server)
    assert states(sqlite_db) == [SENT] * READERS


@pytest.mark.parametrize(
    "extensions", [(), ("PIPELINING",), ("SIZE",), ("XNONSENSE", "8BITMIME"), ("AUTH",), ("PIPELINING yes",)]
)
@pytest.mark.parametrize("lmtp", [False, True])
async def test_no_extension_is_needed(
    sqlite_db: Database, tmp_path: Path, extensions: tuple[str, ...], lmtp: bool
) -> None:
    await send_all(sqlite_db, tmp_path, SmtpServer(extensions=extensions, lmtp=lmtp))
    assert states(sqlite_db) == [SENT] * READERS


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("CONNECT", "421 4.3.2 too busy"),
        ("CONNECT", "450 4.3.2 too busy"),
        ("CONNECT", Drop),
        ("CONNECT", Silence),
        ("CONNECT", GARBAGE),
        ("CONNECT", b"220-half\r\n"),
        ("EHLO", "421 4.3.2 closing"),
        ("EHLO", "451 4.3.0 later"),
        ("EHLO", Drop),
        ("EHLO", Silence),
        ("EHLO", GARBAGE),
    ],
)
async def test_a_relay_that_is_not_ready_costs_nobody_an_attempt(
    sqlite_db: Database, tmp_path: Path, speech: Speech, verb: str, answer: Answer
) -> None:
    server = speech.server(always(verb, answer))
    timeouts = RelayTimeouts(opening=1)
    report = await send_all(sqlite_db, tmp_path, server, relay={"timeouts": timeouts})
    assert (report.state, report.tally) == (IssueState.SENDING, {STATES.QUEUED: READERS})
    assert {row.attempt for row in sqlite_db.read_now(deliveries.list_deliveries, 1)} == {0}


PAUSED, SENDING = IssueState.PAUSED, IssueState.SENDING
SECURED = {"security": Security.STARTTLS}
LOGIN = {"username": "courier", "password": "tide-secret"}


@pytest.mark.parametrize(
    ("script", "change", "state"),
    [
        (always("AUTH", "535 5.7.8 wrong password"), LOGIN, PAUSED),
        (always("AUTH", "534 5.7.9 too weak"), LOGIN, PAUSED),
        (always("AUTH", "454 4.7.0 cannot check that now"), LOGIN, SENDING),
        (always("AUTH", Drop), LOGIN, SENDING),
        (says_yes, SECURED | {"days": -1}, PAUSED),
        (says_yes, SECURED | {"host": "localhost"}, PAUSED),
        (always("STARTTLS", "454 4.7.0 no TLS now"), SECURED, SENDING),
        (always("STARTTLS", "500 5.5.1 what?"), SECURED, PAUSED),
        (always("STARTTLS", Wreck), SECURED, SENDING),
        (always("STARTTLS", Drop), SECURED, SENDING),
    ],
)
async def test_without_security_or_a_login_nobody_is_sent_to(
    sqlite_db: Database,
    tmp_path: Path,
    speech: Speech,
    script: Script,
    change: Any,
    state: IssueState,
) -> None:
    """A certificate that expired, or is another host's; a login that is refused; TLS that fails."""
    certificate = a_certificate(tmp_path, days=change.get("days", 1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    secured = replace(speech, extensions=(*speech.extensions, "STARTTLS", "AUTH PLAIN"))
    server = secured.server(script, tls=context)
    relay = {"ca_file": str(certificate)} | {key: value for key, value in change.items() if key != "days"}
    report = await send_all(sqlite_db, tmp_path, server, relay=relay)
    assert (report.state, report.tally) == (state, {STATES.QUEUED: READERS})
    assert not server.verbs["MAIL"]
    assert "tide-secret" not in f"{report.paused_reason} {report.stopped}"


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("RCPT", "450 4.2.0 greylisted"),
        ("DATA", Drop),
        ("DOT", "451 4.3.0 later"),
        ("CONNECT", "421 4.3.2 no"),
    ],
)
async def test_it_is_tried_ever_more_seldom_until_the_issue_expires(
    sqlite_db: Database, tmp_path: Path, speech: Speech, verb: str, answer: Answer
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    clock, lasts = Hands(), timedelta(hours=30)
    async with running(speech.server(always(verb, answer))) as server:
        newsletter = a_newsletter(time_to_live=lasts)
        sending = a_sending(sqlite_db, server.relay(), tmp_path, now=clock, newsletter=newsletter)
        waits = []
        while (report := await send.send_issue(sending, issue_id)).state == IssueState.SENDING:
            due = await send.next_due(sending)
            assert due is not None
            waits.append((due - clock.now).total_seconds() / 60)
            clock.now = due
        await sending.fleet.close()
    assert waits[:7] == [5, 10, 20, 40, 80, 160, 240]
    assert clock.now == NOON + lasts
    assert report.tally == {STATES.EXPIRED: 1}
    assert not server.accepted


async def test_a_message_in_doubt_goes_twice_at_most(
    sqlite_db: Database, tmp_path: Path, speech: Speech
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=2)
    clock = Hands()
    async with running(speech.server(always("DOT", Drop))) as server:
        newsletter = replace(a_newsletter(), unknown=Uncertain.RESEND)
        sending = a_sending(sqlite_db, server.relay(), tmp_path, now=clock, newsletter=newsletter)
        for _ in range(4):
            report = await send.send_issue(sending, issue_id)
            clock.move(hours=12)
        await sending.fleet.close()
    assert (report.state, report.tally) == (IssueState.FINISHED, {UNKNOWN: 2})
    assert server.verbs["DOT"] == 4
