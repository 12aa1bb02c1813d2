"""Receipts: what a document told changes what of an item a partner is known to have."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicate.partner.receipts import settle
from syndicate.store.partner_receipts import Receipt, Told
from tests.builders import NOON

HOUR = timedelta(hours=1)
LIVE = Told(item_id="a", revision=2, gone=False, made=NOON, withdrawn=None)
GONE = Told(item_id="a", revision=2, gone=True, made=NOON, withdrawn=NOON)
HAS = Receipt(partner="quay-radio", item_id="a", revision=2, got=NOON, first=NOON)
KNOWS = replace(HAS, withdrawal=NOON + HOUR)
LATER = NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("known", "told", "after"),
    [
        # What is new to it.
        (None, LIVE, replace(HAS, got=LATER, first=LATER)),
        (HAS, replace(LIVE, revision=3), replace(HAS, revision=3, got=LATER)),
        (HAS, GONE, replace(HAS, withdrawal=LATER)),
        # What tells nothing new.
        (HAS, LIVE, None),
        (HAS, replace(LIVE, revision=1), None),
        (KNOWS, GONE, None),
        (None, GONE, None),
        # Withdrawn, restored and withdrawn once more.
        (KNOWS, replace(GONE, withdrawn=NOON + 2 * HOUR), replace(KNOWS, withdrawal=LATER)),
        (KNOWS, replace(LIVE, made=LATER), HAS),
        (KNOWS, replace(LIVE, made=LATER, revision=3), replace(HAS, revision=3, got=LATER)),
        # An older document, fetched from another address after the withdrawal.
        (KNOWS, LIVE, None),
        (KNOWS, replace(LIVE, revision=3), replace(KNOWS, revision=3, got=LATER)),
        # A document made by a clock that runs behind.
        (HAS, replace(GONE, withdrawn=None), replace(HAS, withdrawal=LATER)),
    ],
)
def test_what_a_document_tells_changes_the_receipt(
    known: Receipt | None, told: Told, after: Receipt | None
) -> None:
    assert settle(known, told, partner="quay-radio", at=LATER) == after
