"""What the settings allow: by relay, and by recipients' domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syndicate.model.pacing import DEFAULT, DomainLimits, parse_rate
from syndicate.model.site import Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Messages under way at one time, and in a second; 0 for any number."""

    most: int = 0
    rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Relays and domains by their names. Each of `processes` takes its share of every cap."""

    relays: Mapping[str, Relay] = field(default_factory=dict)
    domains: Mapping[str, DomainLimits] = field(default_factory=dict)
    processes: int = 1

    @property
    def any(self) -> bool:
        """Whether there is any."""
        relays = any(one.rate or one.warm_up.first_day for one in self.relays.values())
        return relays or any(one.rate or one.connections for one in self.domains.values())

    def of_relay(self, relay: str) -> Cap:
        """A relay's cap; its connections are the fleet's matter."""
        known = self.relays.get(relay)
        return Cap(rate=parse_rate(known.rate) / self.processes) if known else Cap()

    def of_group(self, group: str, hosts: Mapping[str, str]) -> Cap:
        """The cap of all domains of one mail host: its own, that of a domain with a table, or everybody's."""
        named = [name for name in self.domains if hosts.get(name, name) == group]
        table = self.domains.get(group) or self.domains.get(named[0] if named else DEFAULT) or DomainLimits()
        # Less than one is none, and then nobody there would ever get anything.
        most = max(1, table.connections // self.processes) if table.connections else 0
        return Cap(most=most, rate=parse_rate(table.rate) / self.processes)
