"""What the workers of one run share: who is next, who is under way, and what became of whom."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from syndicate.deliver.journal import Journal
from syndicate.deliver.pace import (
    FIRM_ATTEMPT,
    STREAK,
    Answer,
    Terms,
    Verdict,
    after_crash,
    judge,
    outcome_of,
    without_addresses,
)
from syndicate.deliver.sending import Compose, Sending
from syndicate.deliver.turn import Turn
from syndicate.errors import SenderFault, SyndicateError
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.store.batches import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a run is about."""

    hold: Hold
    compose: Compose
    terms: Terms
    journal: Journal


# Whom the pace holds back for longer (seconds) waits in the database, so that others get the place.
LONGEST_REST = 10.0
PACED = "held back by the pace of this domain or relay"


class CalledOff(Exception):
    """This message must not leave now: its reader has left, or its issue stops."""


def domain_of(recipient: Recipient) -> str:
    """The domain that a recipient's address is at."""
    return recipient.address.rpartition("@")[2].lower()


class Load:
    """Recipients that are leased, and outcomes that are not yet committed.

    Only `wanted` waits; everything else happens at once, so that nobody sees half a change.
    """

    def __init__(self, sending: Sending, task: Task) -> None:
        self.sending = sending
        self.task = task
        self.queue: deque[Recipient] = deque()
        self.outcomes: list[Outcome] = []
        self.counts: Counter[DeliveryState] = Counter()
        self.doubtful: list[int] = []
        self.stopping = False
        self.fault: SyndicateError | None = None
        self.due = asyncio.Event()
        self._busy: dict[int, Recipient] = {}
        self._past_dot: set[int] = set()
        self._withdrawn: dict[int, DeliveryState] = {}
        self._coming = 0
        self._until = sending.now()
        self._filled = asyncio.Event()
        self._claimed: dict[int, str] = {}
        self._pause = LONGEST_REST

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
    def idle(self) -> bool:
        """Whether nobody is being sent to at this moment."""
        return not self._busy

    @property
    def overdue(self) -> bool:
        """Whether the lease has run out."""
        return self.sending.now() >= self._until

    async def wanted(self, *, connected: bool) -> bool:
        """Wait until there is somebody for one more worker; False when there is nothing more to do.

        A worker that is not `connected` leaves alone whom others are getting their connections for.
        """
        while not self.stopping:
            others = 0 if connected else self._coming
            if len(self.queue) > others and not self.overdue:
                return True
            self._filled.clear()
            await self._filled.wait()
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
        if self.stopping or self.overdue or not self.queue:
            return None
        recipient = self._paced(relay) if self.sending.pacer.limited else self.queue.popleft()
        if recipient is not None:
            self._busy[recipient.subscriber_id] = recipient
        return recipient

    async def rest(self) -> None:
        """After `next` gave nobody: come back when that may have changed."""
        if self.queue and not self.stopping:
            self._filled.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._filled.wait(), self._pause)

    def fill(self, turn: Turn, recorded: int) -> None:
        """Take over what a transaction brought; the first `recorded` outcomes are committed now."""
        del self.outcomes[:recorded]
        if not turn.going:
            self.stop()
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
        state = self._release(recipient)
        if state is None:
            self.queue.appendleft(recipient)
        else:
            self._keep(self._bare(recipient, state))

    def start_dot(self, recipient: Recipient) -> None:
        """The next write holds this message's final dot. Raises CalledOff, StorageFull."""
        if self.stopping or self.overdue or recipient.subscriber_id in self._withdrawn:
            raise CalledOff
        self.task.journal.start(recipient.subscriber_id, recipient.attempt)
        self._past_dot.add(recipient.subscriber_id)

    def refuse(self, recipient: Recipient, why: str) -> None:
        """No message can be made for this address."""
        self._settle_pace(recipient, None)
        self._finish(recipient, self._bare(recipient, DeliveryState.REFUSED, why))

    def answer(self, recipient: Recipient, answer: Answer) -> None:
        """Keep what the relay said. Raises SenderFault when it is about us, StorageFull of the journal."""
        verdict = judge(answer)
        if verdict == Verdict.FAULT:
            self.put_back(recipient, answer)
            raise SenderFault(f"the relay refuses us at {answer.step}: {answer.code} {answer.text}")
        self._settle_pace(recipient, answer)
        now, chance = self.sending.now(), self.sending.chance()
        self._finish(recipient, outcome_of(answer, recipient, terms=self.task.terms, at=now, chance=chance))
        self._doubt(recipient, verdict, answer)

    def lost(self) -> list[Outcome]:
        """Outcomes for those whose dot was sent and whose reply is not awaited any more."""
        now, policy = self.sending.now(), self.task.terms.policy
        cut = [one for key, one in self._busy.items() if key in self._past_dot]
        return [after_crash(one, policy=policy, started=True, at=now) for one in cut]

    def _paced(self, relay: str) -> Recipient | None:
        """The first who may be written to now; whoever has to wait for long goes back into the database."""
        now = self.sending.now()
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
            self.sending.pacer.settle(domain_of(recipient), name, answer, self.sending.now().timestamp())

    def _doubt(self, recipient: Recipient, verdict: Verdict, answer: Answer) -> None:
        if verdict == Verdict.SENT:
            self.doubtful.clear()
        if verdict == Verdict.POLICY and recipient.attempt < FIRM_ATTEMPT:
            self.doubtful.append(recipient.subscriber_id)
            if len(self.doubtful) >= STREAK:
                raise SenderFault(f"the relay refuses one after the other: {answer.code} {answer.text}")

    def _withdraw(self, fates: Mapping[int, DeliveryState]) -> None:
        for recipient in [one for one in self.queue if one.subscriber_id in fates]:
            self.queue.remove(recipient)
            self._keep(self._bare(recipient, fates[recipient.subscriber_id]))
        self._withdrawn |= {key: state for key, state in fates.items() if key in self._busy}

    def _release(self, recipient: Recipient) -> DeliveryState | None:
        del self._busy[recipient.subscriber_id]
        self._past_dot.discard(recipient.subscriber_id)
        return self._withdrawn.pop(recipient.subscriber_id, None)

    def _finish(self, recipient: Recipient, outcome: Outcome) -> None:
        self._release(recipient)
        self._keep(outcome)
        # Last, and after the outcome is kept: it can fail, and what happened has happened.
        self.task.journal.end(outcome, recipient.attempt)

    def _keep(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.counts[outcome.state] += 1
        if not self.in_hand or len(self.outcomes) * 2 >= self.sending.settings.group:
            self.due.set()

    def _bare(self, recipient: Recipient, state: DeliveryState, why: str = "") -> Outcome:
        return Outcome(
            subscriber_id=recipient.subscriber_id,
            state=state,
            at=self.sending.now(),
            reply=without_addresses(why),
        )
