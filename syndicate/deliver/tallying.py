"""Counting what became of messages: for a whole turn at a time, since a message has no time for it.

A domain is counted under its name once many readers of one issue are at it, so that no reader's own domain is
ever told; until then, and beyond the first of them, it is "other".
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from syndicate.deliver.load import domain_of
from syndicate.model.delivery import DeliveryState, Outcome, Recipient
from syndicate.telemetry.metrics import DOMAIN_OUTCOMES, OUTCOMES
from syndicate.telemetry.tallies import OTHER

MANY = 20
MOST_NAMED = 50
# Of how many issues, and domains of each, is remembered how many readers there are at them.
ISSUES = 4
MOST_KNOWN = 20_000


class Domains:
    """Which domains are told by name. For one event loop."""

    def __init__(self) -> None:
        self.named: set[str] = set()
        self._readers: dict[int, Counter[str]] = {}

    def label(self, issue_id: int, domain: str, readers: int) -> str:
        """The domain's name, or "other", once so many more readers of the issue at it were counted."""
        if domain in self.named:
            return domain
        if len(self.named) >= MOST_NAMED:
            return OTHER
        known = self._of(issue_id)
        known[domain] += readers
        if known[domain] < MANY:
            return OTHER
        self.named.add(domain)
        return domain

    def _of(self, issue_id: int) -> Counter[str]:
        if issue_id not in self._readers:
            for older in list(self._readers)[: 1 - ISSUES]:
                del self._readers[older]
            self._readers[issue_id] = Counter()
        known = self._readers[issue_id]
        if len(known) > MOST_KNOWN:
            known.clear()
        return known


DOMAINS = Domains()


class Tally:
    """Counts the outcomes of one run of a batch, as its turns commit them."""

    def __init__(self, issue_id: int, domains: Domains = DOMAINS) -> None:
        self._issue_id, self._domains = issue_id, domains
        self._in_hand: dict[int, Recipient] = {}
        self._found: Counter[tuple[str, DeliveryState]] = Counter()

    def take(self, recipients: Iterable[Recipient]) -> None:
        """Remember who was leased, since an outcome names nobody."""
        self._in_hand.update({one.subscriber_id: one for one in recipients})

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Count outcomes that are committed."""
        for one in outcomes:
            recipient = self._in_hand.pop(one.subscriber_id, None)
            self._found[domain_of(recipient) if recipient else "", one.state] += 1
        for state, count in Counter(one.state for one in outcomes).items():
            OUTCOMES.add(count, state)

    def end(self) -> None:
        """Tell the domains: of a whole run, since a turn has nearly as many domains as messages."""
        for (domain, state), count in self._found.items():
            DOMAIN_OUTCOMES.add(count, self._domains.label(self._issue_id, domain, count), state)
        self._found.clear()
