"""Partners of a harbour's newsroom: contracts, documents at their addresses, and the gate before these."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Format
from syndicate.model.partner import Partner
from syndicate.model.site import Site
from syndicate.partner.gate import Gate
from syndicate.partner.log import DeliveryLog
from syndicate.partner.tokens import NewToken, make_token
from syndicate.store import item_notes, items
from syndicate.store.database import Database
from syndicate.store.partner_receipts import Document, Holding, save_document
from tests.builders import NOON, a_feed, an_item

KEYS = (b"k" * 32,)
ITEM = an_item().id


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


def a_partner(**change: Any) -> Partner:
    base: dict[str, Any] = {"name": "quay-radio", "title": "Quay Radio", "feeds": ("all",)}
    return Partner(**base | change)


def partners_of_the_harbour(base_url: str = "https://news.example", **change: Any) -> Catalogue:
    base: dict[str, Any] = {
        "site": Site(name="Harbour Courier", base_url=base_url, contact="desk@courier.example"),
        "feeds": {"all": a_feed(), "ports": a_feed(name="ports", title="Ports")},
        "partners": {
            "quay-radio": a_partner(),
            "lighthouse": a_partner(name="lighthouse", title="The Lighthouse", feeds=("all", "ports")),
        },
    }
    return Catalogue(**base | change)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What an operator and the publisher do, without the one or the other."""

    db: Database
    folder: Path
    clock: Clock

    def gate(self, catalogue: Catalogue | None = None, **change: Any) -> Gate:
        base: dict[str, Any] = {
            "db": self.db,
            "catalogue": catalogue or partners_of_the_harbour(),
            "partners_dir": self.folder,
            "keys": KEYS,
            "log": DeliveryLog(self.db),
            "now": self.clock,
        }
        return Gate(**base | change)

    def token(self, partner: str = "quay-radio", **change: Any) -> NewToken:
        return self.db.write_now(make_token, partner, now=self.clock(), **change)

    def has_item(self, **change: Any) -> str:
        item = an_item(**change)
        self.db.write_now(items.save_item, item, keys=[f"url:{item.id}"])
        return item.id

    def publish(
        self,
        *holdings: Holding,
        partner: str = "quay-radio",
        feed: str = "all",
        form: Format = Format.ATOM,
        data: bytes | None = None,
    ) -> bytes:
        """Put a document at a partner's address, as the publisher does."""
        data = data or f"<feed>{self.clock()} {holdings}</feed>\n".encode()
        path = self.folder / partner / f"{feed}.{form}"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)
        content = sha256(data).hexdigest()
        document = Document(partner=partner, feed=feed, form=form, content=content, made=self.clock())
        self.db.write_now(save_document, document, holdings)
        return data

    def restore(self, item_id: str = ITEM) -> None:
        self.db.write_now(item_notes.record_return, item_id, at=self.clock())

    def withdraw(self, item_id: str = ITEM) -> datetime:
        self.db.write_now(item_notes.record_withdrawal, item_id, note="", at=self.clock())
        return self.clock()


def sha(data: bytes) -> str:
    return sha256(data).hexdigest()


def desk_of(db: Database, folder: Path) -> Desk:
    return Desk(db=db, folder=folder / "partners", clock=Clock())
