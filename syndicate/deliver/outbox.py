"""The outbox: notice mails (confirmation, fresh link, alert) leave one by one, each under its own lease."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from syndicate.audience.addresses import read_address
from syndicate.audience.suppression import find_suppressed
from syndicate.deliver.envelope import Letter
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.line import Line
from syndicate.deliver.pace import (
    FIRM_ATTEMPT,
    Answer,
    Terms,
    Verdict,
    after_crash,
    backoff,
    judge,
    outcome_of,
    without_addresses,
)
from syndicate.deliver.sending import Sending, composing
from syndicate.errors import BadAddress, OwnFault, RelayUnavailable, SenderFault
from syndicate.model.delivery import DeliveryState, NoticeMail, Outcome, Recipient
from syndicate.model.newsletter import Uncertain
from syndicate.store import messages
from syndicate.telemetry.metrics import NOTICES

# Longer than a relay may take for its last reply (RFC 5321, section 4.5.3.2.6).
LEASE = timedelta(minutes=15)
# A confirmation that comes a day late confuses more than it helps.
TIME_TO_LIVE = timedelta(hours=24)

log = structlog.get_logger()


async def send_outbox(sending: Sending) -> int:
    """Send every notice mail that is due, and settle what a crash left; how many were accepted.

    Raises DatabaseBusy, StorageFull. A relay that cannot be used is no error: the mails are tried later.
    """
    await sending.db.write(_settle_overdue, sending)
    line = _Line(sending.fleet)
    sent = 0
    try:
        while not line.broken and (mail := await sending.db.write(_take, sending)) is not None:
            outcome = await _send(sending, line, mail)
            await _record(sending, mail, outcome)
            sent += outcome.state == DeliveryState.SENT
            NOTICES.add(1, outcome.state)
            log.info("outbox.mail", message=mail.id, kind=mail.kind, state=outcome.state)
    finally:
        await line.close()
    return sent


class _Line:
    """The one connection that an emptying of the outbox uses. `broken`: the relay is to be left alone."""

    def __init__(self, fleet: Fleet) -> None:
        self.broken = False
        self.past_dot = False
        self._fleet = fleet
        self._wire: Line | None = None

    async def transact(self, letter: Letter) -> Answer:
        self.past_dot = False
        if self._wire is None or self._fleet.worn(self._wire):
            await self.close()
            self._wire = await self._fleet.take()
        return await self._wire.transact(letter, before_dot=self._start_dot)

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await self._fleet.give_back(wire)

    def _start_dot(self) -> None:
        self.past_dot = True


async def _send(sending: Sending, line: _Line, mail: NoticeMail) -> Outcome:
    try:
        with composing():
            letter = sending.compositor.notice(mail, at=sending.now())
        answer = await line.transact(letter)
    except BadAddress as error:
        return _plain(sending, mail, DeliveryState.REFUSED, str(error))
    except (RelayUnavailable, OwnFault) as error:
        line.broken = isinstance(error, RelayUnavailable | SenderFault)
        log.error("outbox.failed", message=mail.id, reason=str(error))
        return _later(sending, mail, str(error))
    except asyncio.CancelledError:
        policy, started = Uncertain.RESEND, line.past_dot
        outcome = after_crash(_recipient(mail), policy=policy, started=started, at=sending.now())
        await _record(sending, mail, outcome)
        raise
    verdict = judge(answer)
    if verdict == Verdict.FAULT or (verdict == Verdict.POLICY and mail.attempt < FIRM_ATTEMPT):
        line.broken = True
        log.error("outbox.refused", message=mail.id, reply=f"{answer.code} {answer.text}")
        return _later(sending, mail, f"{answer.step}: {answer.text}")
    terms = Terms(settings=sending.settings, policy=Uncertain.RESEND, relay=", ".join(sending.fleet.names))
    return outcome_of(answer, _recipient(mail), terms=terms, at=sending.now(), chance=sending.chance())


async def _record(sending: Sending, mail: NoticeMail, outcome: Outcome) -> None:
    """Cancelled, it still ends: what the relay has accepted must not be forgotten, nor sent again."""
    writing = asyncio.ensure_future(sending.db.write(messages.record_message, mail, outcome))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def _take(conn: Any, sending: Sending) -> NoticeMail | None:
    """The next mail that may be sent; those that must not be are settled on the way."""
    now = sending.now()
    while leased := messages.lease_messages(conn, now=now, limit=1, lease=LEASE):
        state = _fate(conn, sending, leased[0], now)
        if state is None:
            return leased[0]
        messages.record_message(conn, leased[0], _plain(sending, leased[0], state, ""))
    return None


def _fate(conn: Any, sending: Sending, mail: NoticeMail, now: datetime) -> DeliveryState | None:
    if now - mail.created > TIME_TO_LIVE:
        return DeliveryState.EXPIRED
    try:
        key = read_address(mail.address).key
    except BadAddress:
        return DeliveryState.REFUSED
    return DeliveryState.SUPPRESSED if find_suppressed(conn, sending.keyring, [key]) else None


def _settle_overdue(conn: Any, sending: Sending) -> None:
    now = sending.now()
    for mail in messages.list_overdue(conn, now):
        outcome = after_crash(_recipient(mail), policy=Uncertain.RESEND, started=True, at=now)
        messages.record_message(conn, mail, outcome)


def _later(sending: Sending, mail: NoticeMail, why: str) -> Outcome:
    wait = backoff(mail.attempt, settings=sending.settings, chance=sending.chance())
    outcome = _plain(sending, mail, DeliveryState.DEFERRED, why)
    return replace(outcome, next_attempt=outcome.at + wait)


def _plain(sending: Sending, mail: NoticeMail, state: DeliveryState, why: str) -> Outcome:
    return Outcome(subscriber_id=mail.id, state=state, at=sending.now(), reply=without_addresses(why))


def _recipient(mail: NoticeMail) -> Recipient:
    return Recipient(
        subscriber_id=mail.id, address=mail.address, attempt=mail.attempt, was_unknown=mail.was_unknown
    )
