"""Which delivery a report is about, and whether anything of ours vouches for that (requirements B1, B3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syndicate.audience.addresses import read_address
from syndicate.audience.tokens import Keyring
from syndicate.deliver.bounce.report import Report
from syndicate.deliver.compose import message_id, read_verp
from syndicate.deliver.sending import Sending
from syndicate.errors import BadAddress, TokenRefused
from syndicate.store import bounces, messages, subscribers

NOTICE = 0
# Relays give up after days, and people's vacations end; of what is older, no mail comes back.
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whose delivery: `signed` when our own signature says so. Issue 0 is a notice mail, of that `row`.

    `address` is empty for a person who was forgotten meanwhile.
    """

    issue_id: int | None
    subscriber_id: int | None
    address: str = ""
    signed: bool = False
    row: int = 0


def find_delivery(conn: Any, sending: Sending, report: Report, *, envelope: Iterable[str]) -> Found | None:
    """By our signature in an envelope sender, then by Message-ID, then by the address; None if by none."""
    signed = find_signed(sending.keyring, (*envelope, *report.verp_candidates, report.envelope_id))
    if signed is not None:
        return _of_signature(conn, *signed)
    for address in _addresses(report):
        person = subscribers.find_by_key(conn, address)
        if person is not None:
            issue_id = _issue_of(conn, sending, person.id, report.original_message_id)
            return Found(issue_id=issue_id, subscriber_id=person.id, address=person.address)
    return None


def find_signed(keyring: Keyring, candidates: Iterable[str]) -> tuple[int, int] | None:
    """Issue and subscriber of the first candidate that holds our signature, under any of our keys."""
    for candidate in candidates:
        try:
            return read_verp(keyring, candidate.strip("<> "))
        except TokenRefused:
            continue
    return None


def _of_signature(conn: Any, issue_id: int, number: int) -> Found:
    if issue_id == NOTICE:
        mail = messages.find_message(conn, number)
        address = mail.address if mail else ""
        person = subscribers.find_by_key(conn, address.lower()) if address else None
        owner = person.id if person else None
        return Found(issue_id=NOTICE, subscriber_id=owner, address=address, signed=True, row=number)
    person = subscribers.find_subscriber(conn, number)
    address = person.address if person else ""
    return Found(issue_id=issue_id, subscriber_id=number, address=address, signed=True)


def _addresses(report: Report) -> Iterator[str]:
    for stated in (report.original_recipient, report.recipient):
        try:
            yield read_address(stated).key
        except BadAddress:
            continue


def _issue_of(conn: Any, sending: Sending, subscriber_id: int, stated: str) -> int | None:
    """The issue by the Message-ID of what came back, or else the last one that left for this person."""
    left = bounces.list_issues_of(conn, subscriber_id, since=sending.now() - RECENT)
    for issue_id, newsletter in left:
        if stated and stated in _message_ids(sending, newsletter, issue_id, subscriber_id):
            return issue_id
    return left[0][0] if left else None


def _message_ids(sending: Sending, name: str, issue_id: int, subscriber_id: int) -> set[str]:
    newsletter = sending.catalogue.newsletters.get(name)
    if newsletter is None:
        return set()
    rings = (Keyring(current=key) for key in sending.keyring.keys)
    return {message_id(ring, newsletter, issue_id=issue_id, subscriber_id=subscriber_id) for ring in rings}
