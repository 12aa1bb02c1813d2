"""The pacer over hours of a clock that is given: caps hold, nobody starves, what is slowed comes back."""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Any

import pytest

from syndicate.deliver.pace import Answer, Step
from syndicate.deliver.pacer import Pacer
from syndicate.deliver.pacing.limits import Limits
from syndicate.deliver.pacing.trouble import Kind
from syndicate.model.pacing import DomainLimits, WarmUp
from syndicate.model.site import Relay
from tests.builders import NOON, a_newsletter

NOW = NOON.timestamp()
RELAY = "relay.example:25"
YES = Answer(step=Step.DOT, code=250, text="2.0.0 queued")
LATER = Answer(step=Step.RCPT, code=451, text="4.7.1 too many messages, try later")
BLOCKED = Answer(step=Step.RCPT, code=550, text="5.7.1 blocked for spam")
GONE = Answer(step=Step.RCPT, code=550, text="5.1.1 unknown")


def a_pacer(
    *,
    relay: Mapping[str, Any] | None = None,
    domains: Mapping[str, DomainLimits] | None = None,
    processes: int = 1,
) -> Pacer:
    relays = {RELAY: Relay(**relay or {})}
    limits = Limits(relays=relays, domains=domains or {}, processes=processes)
    return Pacer(limits, chance=lambda: 0.5)


class World:
    """An engine that sends over a pacer: it looks over a hundred places, which are filled from a store.

    Each message takes 0.2 seconds, ten are under way at one time. Whoever would wait for more than ten
    seconds goes back into the store. `says` answers for a domain at a time.
    """

    def __init__(self, pacer: Pacer, store: list[str], says: Callable[[str, float], Answer]) -> None:
        self.pacer, self.says = pacer, says
        self.store = [(NOW, number, domain) for number, domain in enumerate(store)]
        self.queue: list[str] = []
        self.under_way: deque[tuple[float, str]] = deque()
        self.sent: list[tuple[float, str]] = []
        self.most: Counter[str] = Counter()
        self.now = NOW

    def run(self, seconds: float, *, step: float = 0.1) -> None:
        end = self.now + seconds
        while self.now < end:
            self.arrive()
            while len(self.queue) < 100 and self.store and self.store[0][0] <= self.now:
                self.queue.append(heappop(self.store)[2])
            self.look()
            self.now += step

    def look(self) -> None:
        waiting = []
        for place, domain in enumerate(self.queue):
            if len(self.under_way) >= 10:
                waiting += self.queue[place:]
                break
            wait = self.pacer.claim(domain, RELAY, self.now)
            if wait > 10.0:
                heappush(self.store, (self.now + wait, len(self.store), domain))
            elif wait > 0.0:
                waiting.append(domain)
            else:
                self.under_way.append((self.now + 0.2, domain))
                here = sum(one == domain for _, one in self.under_way)
                self.most[domain] = max(self.most[domain], here)
        self.queue = waiting

    def arrive(self) -> None:
        while self.under_way and self.under_way[0][0] <= self.now:
            _, domain = self.under_way.popleft()
            answer = self.says(domain, self.now)
            self.pacer.settle(domain, RELAY, answer, self.now)
            if answer.code == 250:
                self.sent.append((self.now, domain))
            else:
                heappush(self.store, (self.now + 60.0, len(self.store), domain))

    def count(self, domain: str) -> int:
        return sum(one == domain for _, one in self.sent)


def accepts(_domain: str, _now: float) -> Answer:
    return YES


def test_nothing_is_limited_where_nothing_is_set() -> None:
    assert not a_pacer().limited


@pytest.mark.parametrize(
    ("relay", "domains"),
    [
        ({"rate": "10/s"}, {}),
        ({"warm_up": WarmUp(first_day=1)}, {}),
        ({}, {"default": DomainLimits(rate="1/s")}),
        ({}, {"readers.example": DomainLimits(connections=2)}),
    ],
)
def test_every_cap_limits(relay: Mapping[str, Any], domains: Mapping[str, DomainLimits]) -> None:
    assert a_pacer(relay=relay, domains=domains).limited


def test_a_relay_s_rate_holds_within_one_message_over_all_domains() -> None:
    world = World(a_pacer(relay={"rate": "5/s"}), ["a.example", "b.example"] * 1_000, accepts)
    world.run(60.0)
    moments = [moment for moment, _ in world.sent]
    assert len(moments) >= 5 * 59
    for count, moment in enumerate(moments, start=1):
        assert count <= 5 * (moment - NOW) + 1


def test_a_domain_s_rate_holds_and_the_others_do_not_wait_for_it() -> None:
    pacer = a_pacer(domains={"slow.example": DomainLimits(rate="1/s")})
    world = World(pacer, ["slow.example"] * 300 + ["fast.example"] * 400, accepts)
    world.run(30.0)
    assert world.count("fast.example") == 400
    assert 28 <= world.count("slow.example") <= 31


def test_connections_to_a_domain_are_capped() -> None:
    pacer = a_pacer(domains={"default": DomainLimits(connections=2)})
    world = World(pacer, ["a.example"] * 50 + ["b.example"] * 50, accepts)
    world.run(20.0)
    assert world.most == {"a.example": 2, "b.example": 2}
    assert len(world.sent) == 100


def test_each_of_several_processes_takes_its_share_of_a_rate() -> None:
    world = World(a_pacer(relay={"rate": "8/s"}, processes=4), ["a.example"] * 500, accepts)
    world.run(30.0)
    assert 58 <= len(world.sent) <= 61


def test_no_domain_starves_beside_one_that_is_slowed() -> None:
    """A queue of a hundred places, filled anew from the store: whoever waits for long makes room."""
    pacer = a_pacer(domains={"slow.example": DomainLimits(rate="1/s")})
    waits = [pacer.claim("slow.example", RELAY, NOW) for _ in range(100)]
    assert waits[0] == 0.0
    assert sum(wait > 10.0 for wait in waits) >= 85


def test_a_domain_that_asks_for_patience_is_slowed_while_others_keep_their_speed() -> None:
    world = World(a_pacer(), ["calm.example"] * 3_000 + ["cross.example"] * 300, accepts)
    world.says = lambda domain, now: LATER if domain == "cross.example" else YES
    # The first sign reaches a pacer that nobody had asked.
    world.pacer.settle("cross.example", RELAY, LATER, NOW)
    assert world.pacer.limited
    world.run(120.0)
    assert world.count("calm.example") == 3_000
    assert world.pacer.troubles[("cross.example", RELAY)].paused(world.now)


def test_a_slowed_domain_comes_back_to_its_cap_when_it_accepts_again() -> None:
    pacer = a_pacer(domains={"default": DomainLimits(rate="2/s")})
    world = World(pacer, ["cross.example"] * 3_000, accepts)
    world.says = lambda _, now: LATER if now < NOW + 30 else YES
    world.run(900.0, step=0.25)
    assert pacer.troubles == {}
    last = [moment for moment, _ in world.sent if moment > world.now - 60]
    assert 2 * 60 - 2 <= len(last) <= 2 * 60 + 1


def test_when_all_is_well_again_nothing_is_limited_any_more() -> None:
    pacer = a_pacer()
    pacer.settle("cross.example", RELAY, LATER, NOW)
    world = World(pacer, ["cross.example"] * 12_000, accepts)
    world.run(1_200.0, step=0.5)
    assert (pacer.limited, pacer.troubles) == (False, {})


def test_greylisting_and_full_mailboxes_slow_nothing_down() -> None:
    pacer = a_pacer()
    for text in ("4.7.1 greylisted", "4.2.2 mailbox full"):
        for _ in range(50):
            pacer.settle("readers.example", RELAY, Answer(step=Step.RCPT, code=451, text=text), NOW)
    assert pacer.troubles == {}


def test_a_domain_that_refuses_all_of_it_is_paused_while_others_accept() -> None:
    says = {"blocking.example": BLOCKED}
    queue = ["calm.example", "blocking.example", "calm.example"] * 100
    world = World(a_pacer(), queue, lambda domain, now: says.get(domain, YES))
    world.pacer.settle("blocking.example", RELAY, BLOCKED, NOW)
    world.run(60.0)
    found = world.pacer.troubles[("blocking.example", RELAY)]
    assert (found.kind, found.paused(world.now)) == (Kind.REFUSED, True)
    assert found.why == "RCPT: 550 5.7.1 blocked for spam"
    assert world.count("calm.example") == 200


def test_where_nobody_accepts_the_issue_is_to_blame_and_not_a_domain() -> None:
    pacer = a_pacer()
    for number in range(30):
        pacer.settle(f"{number % 3}.example", RELAY, BLOCKED, NOW + number)
    assert pacer.troubles == {}


def test_addresses_that_are_gone_are_no_trouble() -> None:
    pacer = a_pacer()
    for number in range(50):
        pacer.settle("readers.example", RELAY, GONE, NOW + number)
    assert (pacer.troubles, pacer.limited) == ({}, False)


def test_what_a_relay_says_before_a_recipient_slows_the_relay() -> None:
    pacer = a_pacer()
    throttled = Answer(step=Step.DOT, code=454, text="Throttling failure: Maximum sending rate exceeded.")
    pacer.settle("readers.example", RELAY, throttled, NOW)
    assert [*pacer.troubles] == [("", RELAY)]
    waits = [pacer.claim(f"{n}.example", RELAY, NOW + 1) for n in range(3)]
    assert waits[0] == 0.0
    assert waits[1] > 0.0


def test_a_relay_that_may_take_nothing_now_is_avoided_while_another_may() -> None:
    relays = {RELAY: Relay(rate="1/m"), "other.example:25": Relay(warm_up=WarmUp(first_day=1))}
    pacer = Pacer(Limits(relays=relays), chance=lambda: 0.5)
    assert not pacer.avoids(RELAY, NOW)
    assert pacer.claim("a.example", RELAY, NOW) == 0.0
    assert pacer.avoids(RELAY, NOW)
    assert pacer.claim("a.example", RELAY, NOW) == 1.0
    assert pacer.claim("a.example", "other.example:25", NOW) == 0.0
    assert not pacer.avoids(RELAY, NOW)
    assert pacer.claim("a.example", RELAY, NOW) > 10.0


def test_domains_of_one_mail_host_share_a_pace() -> None:
    pacer = a_pacer(domains={"mail.example": DomainLimits(connections=1)})
    pacer.roll_up({"one.example": "host.example", "mail.example": "host.example"})
    assert pacer.claim("one.example", RELAY, NOW) == 0.0
    assert pacer.claim("mail.example", RELAY, NOW) > 0.0
    assert pacer.claim("other.example", RELAY, NOW) == 0.0


def test_a_place_that_was_never_given_back_is_free_again_after_the_longest_reply() -> None:
    pacer = a_pacer(domains={"default": DomainLimits(connections=1)})
    assert pacer.claim("a.example", RELAY, NOW) == 0.0
    assert pacer.claim("a.example", RELAY, NOW + 600) > 0.0
    assert pacer.claim("a.example", RELAY, NOW + 1_000) == 0.0


def test_what_others_lifted_is_lifted_here_and_what_they_found_counts_here() -> None:
    pacer = a_pacer()
    pacer.settle("cross.example", RELAY, LATER, NOW)
    pacer.dirty.clear()
    found = pacer.troubles
    pacer.know({}, now=NOW + 1)
    assert pacer.troubles == {}
    pacer.know(found, now=NOW + 2)
    assert pacer.troubles == found


async def test_a_newsletter_s_window_and_its_sender_s_ramp_hold_besides() -> None:
    pacer = a_pacer()
    newsletter = a_newsletter(window="14:00-15:00", warm_up=WarmUp(first_day=2))
    bound = await pacer.begin(newsletter)
    assert bound.claim("a.example", RELAY, NOW) == 3_600
    open_ = NOW + 3_600
    assert [bound.claim("a.example", RELAY, open_ + n) for n in range(2)] == [0.0, 0.0]
    assert bound.claim("a.example", RELAY, open_ + 3) == 11 * 3_600 - 3
    bound.settle("a.example", RELAY, YES, open_ + 4)
    bound.settle("a.example", RELAY, LATER, open_ + 4)
    assert bound.claim("b.example", RELAY, open_ + 5) == 0.0
    assert bound.claim("b.example", RELAY, open_ + 5_000) == 24 * 3_600 - 5_000


async def test_a_newsletter_without_either_keeps_everybody_s_pace() -> None:
    pacer = a_pacer()
    assert await pacer.begin(a_newsletter()) is pacer


def test_asking_costs_microseconds() -> None:
    """Against what a message costs in all (90 µs): asking and learning, with every kind of cap."""
    pacer = a_pacer(relay={"rate": "1000000/s"}, domains={"default": DomainLimits(rate="1000000/s")})
    began = time.process_time()
    for number in range(20_000):
        assert pacer.claim("a.example", RELAY, NOW + number / 10) == 0.0
        pacer.settle("a.example", RELAY, YES, NOW + number / 10)
    assert (time.process_time() - began) / 20_000 < 90e-6
