"""Holds mail back: asks the lanes of a domain and of a relay, and lets them learn from every answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from syndicate.deliver.pace import Answer, without_addresses
from syndicate.deliver.pacing.bound import Bound, Hours
from syndicate.deliver.pacing.counting import Ramp
from syndicate.deliver.pacing.lane import Lane
from syndicate.deliver.pacing.limits import Cap, Limits
from syndicate.deliver.pacing.shares import AT_START
from syndicate.deliver.pacing.signs import Sign, about_relay, sign_of
from syndicate.deliver.pacing.trouble import Kind, Trouble, spreads
from syndicate.deliver.sending import Closed
from syndicate.deliver.sending import Pacer as Held
from syndicate.model.newsletter import Newsletter

log = structlog.get_logger()

# The domain of a lane that is for everybody over its relay.
EVERYBODY = ""
# After a bad sign everything is looked at for so long (seconds).
WATCHED = 600.0
# Seconds after which whom one relay cannot take is asked for again, where another one can.
SOON = 1.0
# Lanes that know of nothing are made anew rather than kept.
MANY = 10_000

Key = tuple[str, str]


async def nobody_keeps() -> None:
    """Where no database is."""


class Pacer:
    """What one process knows of the pace; costs nothing while nothing is limited and nobody is in trouble.

    `chance` gives numbers in [0, 1). `changed` is called when there is something to keep, and `look` before
    a run, so that it knows what others found out.
    """

    def __init__(self, limits: Limits, *, chance: Callable[[], float]) -> None:
        self.limited = limits.any
        self.changed: Callable[[], None] = lambda: None
        self.look: Callable[[], Awaitable[None]] = nobody_keeps
        self.hosts: Mapping[str, str] = {}
        self.dirty: set[Key] = set()
        self.senders: dict[str, Ramp] = {}
        self.relays = {
            name: Ramp(relay.warm_up, processes=limits.processes)
            for name, relay in limits.relays.items()
            if relay.warm_up.first_day
        }
        self._limits = limits
        self._chance = chance
        self._lanes: dict[Key, Lane] = {}
        self._troubled: set[Key] = set()
        # Of every domain that nothing is known of.
        self._open = Lane(Cap())
        self._watched = 0.0
        self._accepted = 0
        self._last_accepted = 0.0

    @property
    def troubles(self) -> dict[Key, Trouble]:
        """What is slowed or paused: (domain, relay) → how."""
        return {key: trouble for key in self._troubled if (trouble := self._at(key).trouble)}

    @property
    def ramps(self) -> dict[str, Ramp]:
        """Every ramp, by the key under which its days are counted."""
        relays = {f"relay:{name}": ramp for name, ramp in self.relays.items()}
        return relays | {f"sender:{domain}": ramp for domain, ramp in self.senders.items()}

    async def begin(self, newsletter: Newsletter) -> Held:
        """See `sending.Pacer`."""
        domain = newsletter.sender.address.rpartition("@")[2].lower()
        ramp = self.senders.get(domain)
        if ramp is None and newsletter.warm_up.first_day:
            ramp = self.senders[domain] = Ramp(newsletter.warm_up, processes=self._limits.processes)
        await self.look()
        if not (ramp or newsletter.window):
            return self
        hours = Hours(newsletter.window, zone=newsletter.cadence.zone)
        return Bound(self, hours=hours, ramp=ramp)

    def closed(self, relays: Sequence[str], now: float) -> Closed | None:
        """See `sending.Pacer`."""
        waits = [self._ramp_rest(name, now) for name in relays]
        if not all(waits) or not waits:
            return None
        return Closed(until=now + min(waits), why="the relay warms up, and its day is full")

    def avoids(self, relay: str, now: float) -> bool:
        """Whether lines to this relay are of no use at this moment, and those to another one are."""
        if not self.limited or len(self._limits.relays) < 2 or not self._rest(relay, now):
            return False
        return not all(self._rest(name, now) for name in self._limits.relays)

    def refuses(self, domain: str) -> bool:
        """See `sending.Pacer`."""
        group = self.group(domain)
        mine = [trouble for (one, _), trouble in self.troubles.items() if one == group]
        return any(trouble.kind is Kind.REFUSED for trouble in mine)

    def claim(self, domain: str, relay: str, now: float) -> float:
        """See `sending.Pacer`."""
        lane, whole, ramp = self._lane(domain, relay), self._at((EVERYBODY, relay)), self.relays.get(relay)
        for_relay = max(whole.wait(now), self._ramp_rest(relay, now))
        if for_relay > SOON and self.avoids(relay, now):
            for_relay = SOON
        waits = max(lane.wait(now), for_relay)
        if waits > 0.0:
            return waits
        lane.enter(now)
        whole.enter(now)
        if ramp:
            ramp.enter()
        return 0.0

    def settle(self, domain: str, relay: str, answer: Answer | None, now: float) -> None:
        """See `sending.Pacer`."""
        sign = sign_of(answer) if answer else Sign.NONE
        lane, whole, ramp = self._lane(domain, relay), self._at((EVERYBODY, relay)), self.relays.get(relay)
        lane.leave()
        whole.leave()
        if ramp:
            ramp.leave(arrived=sign is Sign.WELL)
        if sign is Sign.WELL:
            self._thrive((self.group(domain), relay), now)
        elif answer is not None and sign is not Sign.NONE:
            self._suffer((EVERYBODY if about_relay(answer) else self.group(domain), relay), answer, now)
        self._limit(now)

    def know(self, troubles: Mapping[Key, Trouble], *, now: float) -> None:
        """Take over what the database knows; of what changed here meanwhile, ours counts."""
        known = {key: one for key, one in troubles.items() if not one.forgotten(now)}
        for key in (self._troubled | known.keys()) - self.dirty:
            self._at(key).trouble = known.get(key)
            self._mark(key)
        self._limit(now)

    def roll_up(self, hosts: Mapping[str, str]) -> None:
        """Domains share the pace of their mail host from here on."""
        if hosts != self.hosts:
            self.hosts = hosts
            for key, lane in self._lanes.items():
                lane.cap = self._cap(key)

    def group(self, domain: str) -> str:
        """The name under which a domain is paced: its mail host's, where that is known."""
        return self.hosts.get(domain, domain)

    def _rest(self, relay: str, now: float) -> float:
        return max(self._at((EVERYBODY, relay)).peek(now), self._ramp_rest(relay, now))

    def _ramp_rest(self, relay: str, now: float) -> float:
        ramp = self.relays.get(relay)
        return ramp.wait(now) if ramp else 0.0

    def _thrive(self, key: Key, now: float) -> None:
        self._accepted += 1
        self._last_accepted = now
        if self.relays or self.senders:
            self.changed()
        # What the relay took for one domain, it has taken as a relay, too.
        for one in (key, (EVERYBODY, key[1])):
            if self._at(one).thrive(now=now):
                self._note(one)

    def _suffer(self, key: Key, answer: Answer, now: float) -> None:
        self._watched = now + WATCHED
        self.limited = True
        sign, why = sign_of(answer), without_addresses(f"{answer.step}: {answer.code} {answer.text}")
        lane = self._at(key)
        if lane.suffer(sign, now=now, why=why, chance=self._chance()):
            self._note(key)
        if sign is Sign.POLICY and lane.history.blames_us and self._others_accept(lane):
            lane.close(now=now, why=why, chance=self._chance())
            self._note(key)
        whole = EVERYBODY, key[1]
        spread = sign is Sign.SLOW and key != whole and self._spreads(key[1], now)
        if spread and self._at(whole).suffer(sign, now=now, why=why, chance=self._chance()):
            self._note(whole)

    def _others_accept(self, lane: Lane) -> bool:
        own = lane.history.length - lane.history.refused
        return self._accepted - own >= AT_START

    def _spreads(self, relay: str, now: float) -> bool:
        begun = [
            one.since
            for (domain, over), one in self.troubles.items()
            if over == relay and domain != EVERYBODY
        ]
        return spreads(begun, accepted=self._last_accepted, now=now)

    def _mark(self, key: Key) -> None:
        if self._at(key).trouble is None:
            self._troubled.discard(key)
        else:
            self._troubled.add(key)
            self.limited = True

    def _note(self, key: Key) -> None:
        self._mark(key)
        self.dirty.add(key)
        self.changed()
        domain, relay = key
        trouble = self._at(key).trouble
        if trouble is None:
            log.info("pace.well_again", domain=domain, relay=relay)
        else:
            how = {"rate": round(trouble.rate, 3), "until": trouble.until, "why": trouble.why}
            log.warning("pace.changed", domain=domain, relay=relay, **how)

    def _lane(self, domain: str, relay: str) -> Lane:
        key = self.hosts.get(domain, domain), relay
        found = self._lanes.get(key)
        if found is None:
            found = self._made(key) if self._limits.domains else self._open
        return found

    def _at(self, key: Key) -> Lane:
        return self._lanes.get(key) or self._made(key)

    def _made(self, key: Key) -> Lane:
        if len(self._lanes) >= MANY:
            self._lanes = {known: lane for known, lane in self._lanes.items() if not lane.quiet}
        lane = self._lanes[key] = Lane(self._cap(key))
        return lane

    def _cap(self, key: Key) -> Cap:
        group, relay = key
        return (
            self._limits.of_relay(relay) if group == EVERYBODY else self._limits.of_group(group, self.hosts)
        )

    def _limit(self, now: float) -> None:
        if self._limits.any or now <= self._watched:
            return
        self.limited = bool(self._troubled)
        if not self.limited and self._lanes:
            self._lanes = {}
            self._accepted = 0
