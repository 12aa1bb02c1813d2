"""Reasons and classes: codes, words, and which of them counts where they differ."""

from pathlib import Path

import pytest

from syndicate.deliver.bounce.judging import OURS, class_of, reason_of
from syndicate.deliver.bounce.report import Class, Kind, Reason
from syndicate.deliver.bounce.rules import rules
from syndicate.deliver.bounce.telling import code_in, status_in, told

REPLIES = {
    Reason.ADDRESS_GONE: [
        "550 5.1.1 <mina@readers.example>: Recipient address rejected: User unknown in local recipient table",
        "550 Requested action not taken: mailbox unavailable",
        "550 No such user here",
        "550 <mina@readers.example>: Recipient address rejected: undeliverable address: unknown user",
        "554 delivery error: dd This user doesn't have a readers.example account (mina@readers.example) [-5]",
        "550 Mailbox is inactive",
        "551 User not local; please try <forward-path>",
        "553 sorry, this recipient is not in my validrcptto list (#5.7.1)",
        "550 #5.1.0 Address rejected mina@readers.example",
        "550 Unrouteable address",
        "550 that domain does not exist",
        "554 5.4.4 Unable to route: no mail hosts for domain",
        "550 Benutzer unbekannt",
        "550 5.1.1 Account closed due to inactivity. No forwarding information is available.",
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "550 5.7.1 <mina@readers.example>... User unknown",
        "550 5.0.0 Mailbox not found",
    ],
    Reason.MAILBOX_FULL: [
        "552 5.2.2 Over quota",
        "552 Requested mail action aborted: exceeded storage allocation",
        "550 5.7.1 mailbox is full",
        "552 mina@readers.example has exceeded his/her disk space limit.",
        "452 4.3.1 Insufficient system storage",
        "550 5.1.1 Recipient overquota",
    ],
    Reason.EXPIRED: [
        "550 4.4.7 QUEUE.Expired; message expired",
        "Message could not be delivered within 5 days",
        "Retry time not reached for any host after a long failure period",
        "I'm not going to try again; this message has been in the queue too long.",
    ],
    Reason.NETWORK: [
        "connect to mx.readers.example[203.0.113.9]:25: No route to host",
        "conversation with mx.readers.example[203.0.113.9] timed out while sending end of data",
        "554 5.4.14 Hop count exceeded - possible mail loop",
        "Host or domain name not found. Name service error for name=#: Host not found, try again",
        "421 4.4.2 Connection dropped",
    ],
    Reason.POLICY: [
        "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using bl.spamcop.net",
        "550 5.7.1 Relaying denied",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 5.1.8 Sender address rejected: Domain not found",
        "550 5.1.1 Sender address rejected: user unknown",
        "550 Sender verify failed",
        "421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred due to user complaints",
        "554 5.7.0 Reject, id=1234-05 - VIRUS: Eicar-Test-Signature",
        "450 4.7.1 Service unavailable: throttled",
    ],
    Reason.SPAM: [
        "550 5.7.1 Message rejected as spam by Content Filtering.",
        "550 5.1.1 message rejected as spam",
        "550 5.2.1 Content rejected",
        "554 DT:SPM mx1 垃圾邮件",
    ],
    Reason.AUTH: [
        "550 5.7.1 SPF check failed",
        "550 5.7.26 Unauthenticated email from courier.example is not accepted due to domain's DMARC policy.",
        "550 5.7.25 The IP address sending this message does not have a PTR record setup",
        "530 5.7.0 Must issue a STARTTLS command first, authentication required",
        "535 5.7.8 credentials invalid",
    ],
    Reason.SIZE: [
        "552 5.3.4 Message size exceeds fixed maximum message size",
        "554 5.3.4 Error: message file too big",
        "552-5.2.3 Your message exceeded Google's message size limits.",
    ],
    Reason.OTHER: ["550 5.0.0", "554 5.1.0 odd", "450-4.2.1 The user is receiving mail too quickly", ""],
}


@pytest.mark.parametrize(("reason", "reply"), [(r, text) for r, texts in REPLIES.items() for text in texts])
def test_a_reply_has_its_reason(reason: Reason, reply: str) -> None:
    assert reason_of(code_in(reply), status_in(reply), reply) == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", Reason.ADDRESS_GONE),
        ("5.1.2", Reason.ADDRESS_GONE),
        ("5.1.3", Reason.ADDRESS_GONE),
        ("5.1.6", Reason.ADDRESS_GONE),
        ("5.1.10", Reason.ADDRESS_GONE),
        ("5.2.1", Reason.ADDRESS_GONE),
        ("5.2.2", Reason.MAILBOX_FULL),
        ("5.2.3", Reason.SIZE),
        ("5.3.4", Reason.SIZE),
        ("4.4.1", Reason.NETWORK),
        ("4.4.7", Reason.EXPIRED),
        ("5.4.6", Reason.NETWORK),
        ("5.6.3", Reason.POLICY),
        ("5.7.1", Reason.POLICY),
        ("5.7.23", Reason.AUTH),
        ("5.7.25", Reason.AUTH),
        ("5.0.0", Reason.OTHER),
        ("5.1.0", Reason.OTHER),
    ],
)
def test_a_code_alone_has_its_reason(status: str, reason: Reason) -> None:
    assert reason_of(0, status, "") == reason


@pytest.mark.parametrize("reason", sorted(OURS))
@pytest.mark.parametrize("status", ["5.1.1", "5.2.1", "5.7.1", "4.7.0", ""])
def test_our_own_fault_never_suppresses(reason: Reason, status: str) -> None:
    assert class_of(status, reason) == Class.SENDER_FAULT


@pytest.mark.parametrize(
    ("status", "reason", "text", "expected"),
    [
        ("5.1.1", Reason.ADDRESS_GONE, "", Class.SUPPRESS),
        ("", Reason.ADDRESS_GONE, "no such user", Class.SUPPRESS),
        ("4.1.1", Reason.ADDRESS_GONE, "", Class.COUNT),
        ("", Reason.ADDRESS_GONE, "450 no such user", Class.COUNT),
        ("5.4.4", Reason.ADDRESS_GONE, "", Class.COUNT),
        ("5.2.2", Reason.MAILBOX_FULL, "", Class.COUNT),
        ("4.4.7", Reason.EXPIRED, "", Class.COUNT),
        ("5.0.0", Reason.OTHER, "", Class.COUNT),
    ],
)
def test_what_follows_from_a_failure(status: str, reason: Reason, text: str, expected: Class) -> None:
    assert class_of(status, reason, text) == expected


def test_complaints_suppress_and_answers_do_nothing() -> None:
    assert class_of("", Reason.SPAM, kind=Kind.COMPLAINT) == Class.SUPPRESS
    assert class_of("5.1.1", Reason.ADDRESS_GONE, kind=Kind.AUTO_REPLY) == Class.NONE
    assert class_of("5.1.1", Reason.ADDRESS_GONE, kind=Kind.OTHER) == Class.NONE


def test_names_are_no_words() -> None:
    text = (
        "550 spam-filter.readers.example: <spam@junk.example>: No such user; see https://antispam.example/why"
    )
    assert told(text) == "# @ no such user see"
    assert reason_of(550, "", text) == Reason.ADDRESS_GONE


def test_the_more_telling_of_two_codes_counts() -> None:
    assert status_in("550 5.0.0 refused (#5.2.2)") == "5.2.2"
    assert status_in("host 5.1.1.1 said: 250 2.1.5 ok") == ""
    assert code_in("host [203.0.113.9]:550 said: 452 full") == 452


def test_every_rule_is_in_the_reference() -> None:
    reference = (Path(__file__).parents[3] / "docs" / "reference" / "bounces.md").read_text("utf-8")
    rows = [f"| {n} | `{rule.reason}` | {rule.source} |" for n, rule in enumerate(rules(), start=1)]
    assert [row for row in rows if row not in reference] == []
    assert [name for name in (*Reason, *Class, *Kind) if f"`{name}`" not in reference] == []
