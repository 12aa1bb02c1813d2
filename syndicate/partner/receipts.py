"""Receipts: what of each item a partner has got, told by the documents that it fetched or was pushed.

A receipt says that a document went out whole, and never that somebody read it.
"""

from dataclasses import replace
from datetime import datetime

from syndicate.store import partner_receipts
from syndicate.store.connection import Connection
from syndicate.store.partner_receipts import Receipt, Told


def record_got(conn: Connection, partner: str, content: str, *, at: datetime) -> None:
    """Write down what a partner got with a document (its SHA-256 in hex)."""
    told = partner_receipts.list_told(conn, content)
    known = {
        one.item_id: one
        for one in partner_receipts.list_receipts(
            conn, partner=partner, item_ids=[one.item_id for one in told]
        )
    }
    settled = (settle(known.get(one.item_id), one, partner=partner, at=at) for one in told)
    partner_receipts.save_receipts(conn, [one for one in settled if one is not None])


def settle(known: Receipt | None, told: Told, *, partner: str, at: datetime) -> Receipt | None:
    """The receipt after a document told this of an item; None where it tells nothing new.

    The withdrawal of an item that a partner never got is no news to it.
    """
    if known is None:
        fresh = Receipt(partner=partner, item_id=told.item_id, revision=told.revision, got=at, first=at)
        return None if told.gone else fresh
    if told.gone:
        before = known.withdrawal is None or (
            told.withdrawn is not None and known.withdrawal < told.withdrawn
        )
        return replace(known, withdrawal=at) if before else None
    return _settle_live(known, told, at)


def _settle_live(known: Receipt, told: Told, at: datetime) -> Receipt | None:
    newer = told.revision > known.revision
    # Two documents of one partner are made one after the other: an older one does not take a withdrawal back.
    restored = known.withdrawal is not None and told.made > known.withdrawal
    if not newer and not restored:
        return None
    return replace(
        known,
        revision=max(told.revision, known.revision),
        got=at if newer else known.got,
        withdrawal=None if restored else known.withdrawal,
    )
