"""Test mails: an issue as its readers get it, marked as a test, to whom the operator names.

The ledger does not know them, and their links and envelope senders are nobody's.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from syndicate.audience.addresses import Address, read_address
from syndicate.audience.suppression import find_suppressed
from syndicate.deliver.pace import Answer, Verdict, judge
from syndicate.deliver.sending import Compose, Sending, composing
from syndicate.errors import BadAddress
from syndicate.model.delivery import NOBODY, Recipient
from syndicate.model.newsletter import Issue

MARK = "[Test] "
NAME = "Test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one test mail. `words` are the relay's, or say why nothing was sent."""

    address: str
    accepted: bool
    relay: str = ""
    code: int = 0
    words: str = ""


async def send_trial(sending: Sending, issue: Issue, addresses: Sequence[str]) -> list[Trial]:
    """Send an issue, or the draft of one, to these addresses, one mail each. Nothing is stored.

    Raises RelayUnavailable or SenderFault when no relay can be used, and ComposeFault.
    """
    with composing():
        compose = sending.compositor.issue(marked(issue))
    return [await _try(sending, compose, address) for address in addresses]


def marked(issue: Issue) -> Issue:
    """The same with the mark in every subject, and nobody's id."""
    return replace(
        issue,
        id=0,
        subject=f"{MARK}{issue.subject}",
        letter_subject=issue.letter_subject and f"{MARK}{issue.letter_subject}",
        renderings=tuple(
            replace(one, subject=one.subject and f"{MARK}{one.subject}") for one in issue.renderings
        ),
    )


def nobody(word: str) -> int:
    """An id that is nobody's, another for another word: each test mail has its own Message-ID."""
    return NOBODY + int.from_bytes(hashlib.sha256(word.encode()).digest()[:3], "big")


async def _try(sending: Sending, compose: Compose, written: str) -> Trial:
    try:
        address = read_address(written)
        if await sending.db.read(_is_suppressed, sending, address):
            return Trial(address=written, accepted=False, words="the address is suppressed")
        recipient = Recipient(subscriber_id=nobody(sending.mint()), address=address.written, name=NAME)
        answer = await _send(sending, compose, recipient)
    except BadAddress as error:
        return Trial(address=written, accepted=False, words=str(error))
    return Trial(
        address=address.written,
        accepted=judge(answer) is Verdict.SENT,
        relay=answer.relay,
        code=answer.code,
        words=f"{answer.step}: {answer.text}",
    )


async def _send(sending: Sending, compose: Compose, recipient: Recipient) -> Answer:
    with composing():
        letter = compose(recipient)
    line = await sending.fleet.take()
    try:
        return await line.transact(letter, before_dot=lambda: None)
    finally:
        await sending.fleet.give_back(line)


def _is_suppressed(conn: Any, sending: Sending, address: Address) -> bool:
    return bool(find_suppressed(conn, sending.keyring, [address.key]))
