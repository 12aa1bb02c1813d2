"""What the workers of one run share: who is next, who is under way, and what became of whom."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from syndicate.deliver.journal import Journal
from syndicate.deliver.pace import (
    Answer,
    Step,
    Terms,
    Verdict,
    after_crash,
    judge,
    outcome_of,
    without_addresses,
)
from syndicate.deliver.pacing.doubts import Doubts
from syndicate.deliver.pacing.shares import LAST
from syndicate.deliver.sending import Compose, Sending
from syndicate.deliver.turn import Turn
from syndicate.errors import SenderFault, SyndicateError
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.store.batches import Hold

# Whom the pace holds back for longer (seconds) waits in the database, so that others get the place.
LONGEST_REST = 10.0
PACED = "held back by the pace of this domain or relay"
# Outcomes are recorded, and others leased, when so large a part of a group has one; the rest goes meanwhile.
PART = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a run is about."""

    hold: Hold
    compose: Compose
    terms: Terms
    journal: Journal


class CalledOff(Exception):
    """This message must not leave now: its reader has left, or its issue stops."""


class Load:
    """Recipients that are leased, and outcomes that are not yet committed.

    Only `wanted` and `rest` wait; everything else happens at once, so that nobody sees half a change.
    """

    def __init__(self, sending: Sending, task: Task) -> None:
        self.sending = sending
        self.task = task
        self.queue: deque[Recipient] = deque()
        self.outcomes: list[Outcome] = []
        self.counts: Counter[DeliveryState] = Counter()
        self.stopping = False
        self.exhausted = False
        self.fault: SyndicateError | None = None
        self.due = asyncio.Event()
        self._now = sending.now
        self._enough = max(1, int(sending.settings.group * PART))
        self._busy: dict[int, Recipient] = {}
        self._past_dot: set[int] = set()
        self._withdrawn: dict[int, DeliveryState] = {}
        self._claimed: dict[int, str] = {}
        self._doubts = Doubts()
        self._accepted: deque[Recipient] = deque(maxlen=LAST)
        self._coming = 0
        self._hungry = 0
        self._pause = LONGEST_REST
        self._until = sending.now()
        self._filled = asyncio.Event()

    @property
    def in_hand(self) -> int:
        """How many are leased and have no outcome."""
        return len(self.queue) + len(self._busy)

    @property
    def waiting(self) -> list[int]:
        """Whose message can still be held back, among them those who are being sent to."""
        busy = [key for key in self._busy if key not in self._past_dot]
        return [*(recipient.subscriber_id for recipient in self.queue), *busy]

    @property
    def turned_away(self) -> list[int]:
        """Who was refused by a domain that wants nothing from us at this time."""
        return self._doubts.refused_by(self.sending.pacer.refuses)

    @property
    def doubtful(self) -> list[int]:
        """Who was refused for a reason that may be ours."""
        return self._doubts.refused

    @property
    def idle(self) -> bool:
        """Whether nobody is being sent to at this moment."""
        return not self._busy

    @property
    def overdue(self) -> bool:
        """Whether the lease has run out."""
        return self._now() >= self._until

    async def wanted(self, *, connected: bool) -> bool:
        """Wait until there is somebody for one more worker; False when there is nothing more to do.

        A worker that is not `connected` leaves alone whom others are getting their connections for.
        """
        while not self.stopping and (self.queue or not self.exhausted):
            others = 0 if connected else self._coming
            if len(self.queue) > others and not self.overdue:
                return True
            self._filled.clear()
            self._hungry += 1
            try:
                await self._filled.wait()
            finally:
                self._hungry -= 1
        return False

    @contextmanager
    def coming(self) -> Iterator[None]:
        """A worker gets its connection: whoever it is for stays in the queue, and can still leave."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    def next(self, relay: str) -> Recipient | None:
        """The next recipient for a worker with a line to this relay; None when nobody is to be had now."""
        # Past the lease somebody else may think us dead: wait until a turn has prolonged it.
        if self.stopping or not self.queue or self.overdue:
            return None
        recipient = self._paced(relay) if self.sending.pacer.limited else self.queue.popleft()
        if recipient is not None:
            self._busy[recipient.subscriber_id] = recipient
        return recipient

    def ahead(self, relay: str) -> Recipient | None:
        """Who is sent to behind the present one on the same line; nobody whom another worker waits for."""
        return None if self._hungry or self.sending.pacer.limited else self.next(relay)

    async def rest(self) -> None:
        """The pace lets nobody go to this relay now: come back when that may have changed."""
        self._filled.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), self._pause)

    def fill(self, turn: Turn, recorded: Sequence[Outcome]) -> None:
        """Take over what a transaction brought; the outcomes that it `recorded`, our first, are committed."""
        self.task.journal.forget(recorded)
        del self.outcomes[: len(recorded)]
        if not turn.going:
            self.stop()
        self.exhausted = self.exhausted or turn.exhausted
        self._until = turn.until
        self.queue.extend(turn.taken)
        self._withdraw(turn.withdrawn)
        self._filled.set()

    def stop(self, fault: SyndicateError | None = None) -> None:
        """Start with nobody else; `fault` is why."""
        self.fault = self.fault or fault
        self.stopping = True
        self._filled.set()
        self.due.set()

    def put_back(self, recipient: Recipient, answer: Answer | None = None) -> None:
        """Nothing was sent to this one."""
        self._settle_pace(recipient, answer)
        self.task.journal.call_back(recipient.subscriber_id)
        state = self._release(recipient)
        if state is None:
            self.queue.appendleft(recipient)
        else:
            self._keep(self._bare(recipient, state))

    def start_dot(self, recipient: Recipient) -> None:
        """The next write holds this message's final dot. Raises CalledOff."""
        key = recipient.subscriber_id
        if self.stopping or key in self._withdrawn or self.overdue:
            raise CalledOff
        self.task.journal.start(key, recipient.attempt)
        self._past_dot.add(key)

    def refuse(self, recipient: Recipient, why: str) -> None:
        """No message can be made for this address."""
        self._settle_pace(recipient, None)
        self._finish(recipient, self._bare(recipient, DeliveryState.REFUSED, why))

    def answer(self, recipient: Recipient, answer: Answer) -> None:
        """Keep what the relay said. Raises SenderFault when it is about us."""
        verdict = judge(answer)
        if verdict is Verdict.SENT:
            self._accept(recipient, answer)
            return
        if verdict is Verdict.FAULT:
            self.put_back(recipient, answer)
            raise SenderFault(f"the relay refuses us at {answer.step}: {answer.code} {answer.text}")
        self._settle_pace(recipient, answer)
        now, chance = self._now(), self.sending.chance()
        self._finish(recipient, outcome_of(answer, recipient, terms=self.task.terms, at=now, chance=chance))
        if verdict is Verdict.POLICY:
            self._doubt(recipient, answer)

    def lost(self) -> list[Outcome]:
        """Outcomes for those whose dot was sent and whose reply is not awaited any more."""
        now, policy = self._now(), self.task.terms.policy
        cut = [one for key, one in self._busy.items() if key in self._past_dot]
        return [after_crash(one, policy=policy, started=True, at=now) for one in cut]

    def _accept(self, recipient: Recipient, answer: Answer) -> None:
        """What happens to nearly everybody."""
        if self._claimed:
            self._settle_pace(recipient, answer)
        self._accepted.append(recipient)
        reply = f"{Step.DOT}: {answer.text}"
        outcome = Outcome(
            subscriber_id=recipient.subscriber_id,
            state=DeliveryState.SENT,
            at=self._now(),
            code=answer.code,
            reply=without_addresses(reply) if "@" in reply or "%40" in reply else reply,
            relay=answer.relay or self.task.terms.relay,
            attempt=recipient.attempt,
        )
        self._finish(recipient, outcome)

    def _paced(self, relay: str) -> Recipient | None:
        """The first who may be written to now; whoever has to wait for long goes back into the database."""
        now = self._now()
        waits = []
        for recipient in tuple(self.queue):
            wait = self.sending.pacer.claim(domain_of(recipient), relay, now.timestamp())
            if wait > LONGEST_REST:
                self.queue.remove(recipient)
                later = now + timedelta(seconds=wait)
                self._keep(replace(self._bare(recipient, DeliveryState.QUEUED, PACED), next_attempt=later))
            elif wait > 0:
                waits.append(wait)
            else:
                self.queue.remove(recipient)
                self._claimed[recipient.subscriber_id] = relay
                return recipient
        self._pause = min(waits, default=LONGEST_REST)
        return None

    def _settle_pace(self, recipient: Recipient, answer: Answer | None) -> None:
        relay = self._claimed.pop(recipient.subscriber_id, None)
        learns = answer is not None and answer.code // 100 != 2
        if relay is not None or learns:
            name = relay or (answer.relay if answer else "")
            self.sending.pacer.settle(domain_of(recipient), name, answer, self._now().timestamp())

    def _doubt(self, recipient: Recipient, answer: Answer) -> None:
        # Acceptances count from the first refusal on, and until then cost nothing.
        while self._accepted:
            accepted = self._accepted.popleft()
            self._doubts.note(accepted, Verdict.SENT, domain=domain_of(accepted))
        if self._doubts.note(recipient, Verdict.POLICY, domain=domain_of(recipient)):
            raise SenderFault(f"the relay refuses one after the other: {answer.code} {answer.text}")

    def _withdraw(self, fates: Mapping[int, DeliveryState]) -> None:
        for recipient in [one for one in self.queue if one.subscriber_id in fates]:
            self.queue.remove(recipient)
            self._keep(self._bare(recipient, fates[recipient.subscriber_id]))
        self._withdrawn |= {key: state for key, state in fates.items() if key in self._busy}

    def _release(self, recipient: Recipient) -> DeliveryState | None:
        del self._busy[recipient.subscriber_id]
        self._past_dot.discard(recipient.subscriber_id)
        return self._withdrawn.pop(recipient.subscriber_id, None) if self._withdrawn else None

    def _finish(self, recipient: Recipient, outcome: Outcome) -> None:
        self._release(recipient)
        self.task.journal.end(outcome, recipient.attempt)
        self._keep(outcome)

    def _keep(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.counts[outcome.state] += 1
        if len(self.outcomes) >= self._enough or not (self.queue or self._busy):
            self.due.set()

    def _bare(self, recipient: Recipient, state: DeliveryState, why: str = "") -> Outcome:
        return Outcome(
            subscriber_id=recipient.subscriber_id, state=state, at=self._now(), reply=without_addresses(why)
        )


def domain_of(recipient: Recipient) -> str:
    """The domain that a recipient's address is at."""
    return recipient.address.rpartition("@")[2].lower()
