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


# What relays say of us, our host, our sender address, or the message, in words that also blame addresses.
OF_US = [
    "550 5.7.1 Unable to relay",
    "550 5.7.1 Client was not authenticated",
    "550 unknown client host",
    "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
    "550 Your message was rejected because of its content; recipient not found in whitelist",
    "550 5.1.0 sender rejected AUP#CXSNDR",
    "550 5.1.0 <b@c.example> sender rejected : invalid sender domain",
    "421 4.7.1 Intrusion prevention active for [192.0.2.1]",
    "554 IMTA04 example Example BL004 Blocked for spam. Please see http://x",
    "554 hotdog bizsmtp Too many concurrent connections from source IP",
    "550 No RDNS entry for 192.0.2.1",
    "550 5.7.1 Mail appears to be unsolicited",
    "554 5.7.1 [CS01] Message blocked.",
    "550 sender denied as sender's email address is on SenderFilterConfig list",
    "550 Domain of sender address does not exist",
    "553 5.1.8 <x@y.example>... Domain of sender address x@y.example does not exist",
    "501 5.1.7 Bad sender address syntax",
    "550 5.1.7 Reverse-path invalid: user unknown",
    "550 Backscatter Protection detected invalid or expired email address",
    "550 REPLY: 550_553_DENIED_DMARC",
    "550 5.7.1 Invalid HELO user unknown",
    "503 5.5.1 Error: need MAIL command",
    "502 5.5.2 Error: command not recognized",
    "501 5.5.4 Invalid argument",
    "554 5.5.0 Error: SSL_accept error",
    "550 mail not accepted from blacklisted IP address",
    "571 Email from 192.0.2.1 is currently blocked by Example Online's anti-spam system.",
    "550 blocked using rbl; the address is invalid",
    "554 Sender not exist",
    "550 5.1.8 Access denied, bad outbound sender",
    "550 5.7.501 Access denied, spam abuse detected",
    "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
    "550 Unauthorized relay msg rejected",
    "550 authentication required for relay; user unknown",
    "550 invalid DNS PTR resource record, IP=192.0.2.1",
    "554 Reject by behaviour spam at Rcpt State(Connection IP address:192.0.2.1)ANTISPAM_BAT",
    "550 RP:RDN http://x",
    "553 Requested action not taken: NO DNS record, domain sender",
    "550 Mail content denied http://service.mail.example",
    "550 Ip frequency limited",
    "550 Domain frequency limited",
    "550 Connection frequency limited",
    "554 MI:SPB 163 smtp9",
    "554 HL:IHU 163 smtp4",
    "421 HL:REP 163 smtp1",
    "550 DKIM signature verification failed: key not found",
    "550 5.7.1 DNS record for DKIM selector does not exist",
    "554 5.7.1 The domain of the sender courier.example has no MX record",
    "550 Sender domain has no A or MX records",
    "550 Invalid EHLO: host does not exist",
    "550 sender domain not found",
    "550 from address invalid",
    "550 Header From does not exist",
    "550 invalid Message-ID",
    "554 5.6.0 message malformed; no such header",
    "550 Missing or invalid subject",
    "550 you are not allowed to send to this user",
    "550 The user rejected your message",
    "550 user has blocked you",
    "550 Recipient does not accept mail from strangers",
    "550 The recipient only accepts mail from known senders",
    "550 message contains invalid URL",
    "550 The URL in your message does not exist",
    "550 attachment type unknown, rejected",
    "552 attachments of this file type are not permitted",
    "550 user unknown in sender domain",
    "550 sender <b@c.example> is unknown",
    "535 Invalid login: user does not exist",
    "550 Blocked: sender account disabled",
    "550 5.7.0 This sending account is disabled",
    "550 Outgoing mail from this account has been suspended",
    "550 unknown host name in EHLO",
]


@pytest.mark.parametrize("reply", OF_US)
def test_what_is_said_of_us_suppresses_nobody(reply: str) -> None:
    status = status_in(reply)
    assert class_of(status, reason_of(code_in(reply), status, reply), reply) != Class.SUPPRESS


def test_no_refusal_of_a_dnsbl_or_filter_suppresses_whatever_code_it_has() -> None:
    for code in ("5.1.1", "5.2.1", "5.1.10", "5.0.0", "5.7.1"):
        for words in (
            "spam detected",
            "listed in zen.spamhaus.org",
            "SPF fail",
            "message too large",
            "relaying denied",
        ):
            text = f"550 {code} <mina@readers.example> {words}"
            assert class_of(code, reason_of(550, code, text), text) == Class.SENDER_FAULT, text
