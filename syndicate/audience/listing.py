"""People and their subscriptions, for the operator's lists and exports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syndicate.audience.people import People
from syndicate.model.subscriber import SubscriptionState
from syndicate.store import subscribers, subscriptions
from syndicate.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One subscriber with the state of every subscription, by newsletter, and the sections chosen of some."""

    id: int
    address: str
    name: str
    language: str
    subscriptions: Mapping[str, SubscriptionState]
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


async def list_people(people: People, *, newsletter: str = "") -> list[Person]:
    """Everybody, or those of one newsletter. Raises NotFound for a newsletter that is not configured."""
    if newsletter:
        people.newsletter(newsletter)
    return await people.db.read(_list, newsletter=newsletter)


async def count_active(people: People, newsletter: str) -> int:
    """How many an issue sent now would go to. Raises NotFound."""
    counts = await people.db.read(subscriptions.count_subscriptions, people.newsletter(newsletter).name)
    return counts.get(SubscriptionState.ACTIVE, 0)


def _list(conn: Connection, *, newsletter: str) -> list[Person]:
    choices = subscriptions.list_choices(conn)
    return [
        Person(
            id=one.id,
            address=one.address,
            name=one.name,
            language=one.language,
            subscriptions=states,
            sections=choices.get(one.id, {}),
        )
        for one, states in subscribers.list_subscribers(conn, newsletter)
    ]
