"""Items under contracts: one valid case to start from."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.item import Image, Item
from syndicate.model.partner import Partner
from syndicate.model.site import Site
from syndicate.model.source import Archived, Publish, Rights
from syndicate.partner.contracts import Released, Withheld, decide
from syndicate.partner.rules import Case
from syndicate.partner.terms import Contract, allowed_of, contract_view
from tests.builders import NOON, a_feed, a_source, an_item, an_old_site
from tests.partner.desks import a_partner

PICTURE = Image(
    url="https://old.courier.example/ferry.jpg",
    alt="The ferry",
    width=800,
    height=450,
    media="ab12.jpg",
    media_type="image/jpeg",
    size=51_200,
)
PUBLISHED = NOON - timedelta(hours=3)


def a_catalogue(*, rights: Rights | None = None, archived: bool = False, **change: Any) -> Catalogue:
    """One source, whose items we may publish in full, of a living or of an old site."""
    source = a_source(
        rights=rights or Rights(publish=Publish.FULL),
        archived=Archived.YES if archived else Archived.NO,
        old_site="old-courier" if archived else "",
    )
    base: dict[str, Any] = {
        "site": Site(name="Harbour Courier", base_url="https://news.example"),
        "sources": {"harbour": source},
        "old_sites": {"old-courier": an_old_site()},
        "feeds": {"all": a_feed()},
    }
    return Catalogue(**base | change)


def a_contract(
    *,
    catalogue: Catalogue | None = None,
    feed: Feed | None = None,
    partner: Partner | None = None,
    **change: Any,
) -> Contract:
    """A contract without any limit; keyword arguments are its settings."""
    return Contract(
        partner=replace(partner or a_partner(), **change),
        feed=feed or a_feed(),
        catalogue=catalogue or a_catalogue(),
    )


def decided(item: Item | None = None, contract: Contract | None = None, **change: Any) -> Released | Withheld:
    """What the contract says at noon."""
    item, contract = item or an_item(), contract or a_contract()
    base: dict[str, Any] = {
        "item": item,
        "partner": contract.partner,
        "feed": contract.feed,
        "view": contract_view(item, contract),
        "allowed": allowed_of(item, contract),
        "now": NOON,
    }
    return decide(Case(**base | change))


def rules_against(*args: Any, **change: Any) -> list[str]:
    """The names of the rules that keep the item out."""
    found = decided(*args, **change)
    return [reason.rule for reason in found.reasons] if isinstance(found, Withheld) else []
