"""What each provider's events say, as a table; and that nothing counts that is not signed."""

import json
from datetime import timedelta

import pytest

from syndicate.deliver.bounce.report import Action, Class, Kind, Reason
from syndicate.deliver.hooks.mailgun import read_mailgun
from syndicate.deliver.hooks.posted import Malformed, Posted, Unsigned
from syndicate.deliver.hooks.postmark import read_postmark
from syndicate.deliver.hooks.sendgrid import read_sendgrid
from syndicate.deliver.hooks.ses import read_sns
from syndicate.model.bounces import MailgunWebhook, PostmarkWebhook, SendgridWebhook, SesWebhook
from tests.builders import NOON
from tests.deliver.hooks.provider import (
    CERTIFICATE_URL,
    MAILGUN_SECRET,
    TOPIC,
    basic,
    certificate,
    mailgun,
    mailgun_failure,
    postmark,
    postmark_bounce,
    public_key,
    sendgrid,
    sendgrid_bounce,
    ses_bounce,
    sns,
)
from tests.deliver.sender import address

GONE = (Kind.BOUNCE, Action.FAILED, Reason.ADDRESS_GONE, Class.SUPPRESS)
FULL = (Kind.BOUNCE, Action.FAILED, Reason.MAILBOX_FULL, Class.COUNT)
SPAM = (Kind.BOUNCE, Action.FAILED, Reason.SPAM, Class.SENDER_FAULT)
POLICY = (Kind.BOUNCE, Action.FAILED, Reason.POLICY, Class.SENDER_FAULT)
DELIVERED = (Kind.BOUNCE, Action.DELIVERED, Reason.OTHER, Class.NONE)
COMPLAINT = (Kind.COMPLAINT, Action.NONE, Reason.OTHER, Class.SUPPRESS)
AUTOMATIC = (Kind.AUTO_REPLY, Action.NONE, Reason.OTHER, Class.NONE)


def said(events) -> list[tuple]:
    return [(one.report.kind, one.report.action, one.report.reason, one.report.cls) for one in events]


def of_ses(body, **change):
    return read_sns(SesWebhook(topics=(TOPIC,)), sns(body, **change)).events()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, GONE),
        ({"bounceSubType": "NoEmail"}, GONE),
        ({"bounceSubType": "OnAccountSuppressionList"}, GONE),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, FULL),
        ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, SPAM),
        (
            {"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": address(1)}]},
            AUTOMATIC,
        ),
    ],
)
def test_what_a_bounce_of_ses_says(change, expected) -> None:
    assert said(of_ses(ses_bounce(**change))) == [expected]


def test_a_policy_refusal_that_ses_calls_permanent_is_our_fault() -> None:
    person = {"emailAddress": address(1), "diagnosticCode": "smtp; 554 5.7.1 blocked by our policy"}
    assert said(of_ses(ses_bounce(bouncedRecipients=[person])))[0][3] is Class.SENDER_FAULT


@pytest.mark.parametrize("name", ["notificationType", "eventType"])
def test_what_else_ses_tells(name) -> None:
    complained = {"complaint": {"complainedRecipients": [{"emailAddress": address(1)}]}, "mail": {}}
    assert said(of_ses({name: "Complaint", **complained})) == [COMPLAINT]
    assert said(of_ses({name: "Delivery", "delivery": {"recipients": [address(1)]}})) == [DELIVERED]
    delay = {"delayedRecipients": [{"emailAddress": address(1), "status": "4.4.7"}]}
    assert said(of_ses({name: "DeliveryDelay", "deliveryDelay": delay}))[0][1] is Action.DELAYED
    assert of_ses({name: "Open", "open": {}}) == []


def test_a_mail_that_somebody_called_no_spam_is_no_complaint() -> None:
    about = {"complainedRecipients": [{"emailAddress": address(1)}], "complaintFeedbackType": "not-spam"}
    assert of_ses({"notificationType": "Complaint", "complaint": about}) == []


def test_each_recipient_of_ses_is_an_event() -> None:
    people = [{"emailAddress": address(number)} for number in (1, 2)]
    events = of_ses(ses_bounce(bounceSubType="NoEmail", bouncedRecipients=people))
    assert [one.report.recipient for one in events] == [address(1), address(2)]
    assert len({one.id for one in events}) == 2


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_message_of_sns_is_verified(version) -> None:
    message = read_sns(SesWebhook(topics=(TOPIC,)), sns(ses_bounce(), version=version, Subject="Bounce"))
    assert message.is_signed(certificate())


def test_a_message_of_sns_that_was_changed_is_not() -> None:
    posted = sns(ses_bounce())
    changed = json.loads(posted.body) | {"Message": json.dumps(ses_bounce(bounceSubType="NoEmail"))}
    message = read_sns(SesWebhook(topics=(TOPIC,)), Posted(headers={}, body=json.dumps(changed).encode()))
    assert not message.is_signed(certificate())


def test_a_new_topic_tells_where_it_is_confirmed() -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a:b&Token=2336"
    asked = {"Type": "SubscriptionConfirmation", "Token": "2336", "SubscribeURL": url}
    message = read_sns(SesWebhook(topics=(TOPIC,)), sns("You have chosen to subscribe.", **asked))
    assert message.is_signed(certificate())
    assert (message.asks, message.events()) == (url, [])


@pytest.mark.parametrize(
    "change",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:bounces"},
        {"SigningCertURL": CERTIFICATE_URL.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.evil.example")},
        {"SigningCertURL": CERTIFICATE_URL.replace("sns.eu", "bucket.s3.eu")},
        {"SigningCertURL": CERTIFICATE_URL.replace("eu-west-1", "us-east-1")},
        {
            "SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"
        },
        {"SigningCertURL": CERTIFICATE_URL + "?x"},
        {"SigningCertURL": "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"},
        {
            "Type": "SubscriptionConfirmation",
            "Token": "t",
            "SubscribeURL": "https://evil.example/?Action=ConfirmSubscription",
        },
    ],
    ids=lambda one: next(iter(one.values()))[:60],
)
def test_nothing_is_fetched_from_elsewhere_for_sns(change) -> None:
    with pytest.raises(Unsigned):
        read_sns(SesWebhook(topics=(TOPIC,)), sns(ses_bounce(), **change))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, GONE),
        ({"status": "", "reason": "552 5.2.2 mailbox full"}, FULL),
        ({"type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 blocked by policy"}, POLICY),
        ({"event": "dropped", "status": "", "reason": "Bounced Address"}, GONE),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, COMPLAINT),
        ({"event": "spamreport"}, COMPLAINT),
        ({"event": "delivered"}, DELIVERED),
    ],
)
def test_what_an_event_of_sendgrid_says(change, expected) -> None:
    settings = SendgridWebhook(public_key=public_key())
    assert said(read_sendgrid(settings, sendgrid(sendgrid_bounce(**change)))) == [expected]


def test_a_delay_and_what_does_not_concern_us_of_sendgrid() -> None:
    settings = SendgridWebhook(public_key=public_key())
    posted = sendgrid(sendgrid_bounce(event="deferred", response="400 later"), sendgrid_bounce(event="open"))
    assert [one[1] for one in said(read_sendgrid(settings, posted))] == [Action.DELAYED]


@pytest.mark.parametrize("part", ["body", "timestamp", "signature", "key"])
def test_what_sendgrid_did_not_sign_is_refused(part) -> None:
    posted, key = sendgrid(sendgrid_bounce()), public_key()
    headers, body = dict(posted.headers), posted.body
    if part == "body":
        body = body.replace(b"reader1", b"reader2")
    elif part == "key":
        key = ""
    else:
        name = next(name for name in headers if name.endswith(part))
        headers[name] = headers[name][::-1]
    with pytest.raises(Unsigned):
        read_sendgrid(SendgridWebhook(public_key=key), Posted(headers=headers, body=body))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, GONE),
        ({"delivery-status": {"code": 552, "message": "5.2.2 mailbox full"}}, FULL),
        ({"reason": "suppress-bounce", "delivery-status": {}}, GONE),
        ({"reason": "suppress-complaint"}, COMPLAINT),
        (
            {"reason": "suppress-unsubscribe", "delivery-status": {}},
            (Kind.BOUNCE, Action.FAILED, Reason.OTHER, Class.NONE),
        ),
        (
            {"reason": "old", "delivery-status": {"message": "too old"}},
            (Kind.BOUNCE, Action.FAILED, Reason.EXPIRED, Class.COUNT),
        ),
        ({"event": "complained"}, COMPLAINT),
        ({"event": "delivered"}, DELIVERED),
    ],
)
def test_what_an_event_of_mailgun_says(change, expected) -> None:
    settings = MailgunWebhook(secret=MAILGUN_SECRET)
    stamped = read_mailgun(settings, mailgun(mailgun_failure(**change)), now=NOON)
    assert said([stamped.event]) == [expected]


def test_a_delay_and_what_does_not_concern_us_of_mailgun() -> None:
    settings = MailgunWebhook(secret=MAILGUN_SECRET)
    stamped = read_mailgun(settings, mailgun(mailgun_failure(severity="temporary")), now=NOON)
    assert stamped.event is not None
    assert stamped.event.report.action is Action.DELAYED
    assert read_mailgun(settings, mailgun(mailgun_failure(event="opened")), now=NOON).event is None


@pytest.mark.parametrize("late", [timedelta(hours=13), timedelta(hours=-13)])
def test_a_signature_of_mailgun_grows_old(late) -> None:
    with pytest.raises(Unsigned, match="too old"):
        read_mailgun(MailgunWebhook(secret=MAILGUN_SECRET), mailgun(mailgun_failure()), now=NOON + late)


def test_what_mailgun_did_not_sign_is_refused() -> None:
    with pytest.raises(Unsigned, match="not right"):
        read_mailgun(MailgunWebhook(secret="another"), mailgun(mailgun_failure()), now=NOON)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, GONE),
        ({"Details": ""}, GONE),
        ({"Details": "smtp;552 5.2.2 mailbox full", "Type": "SoftBounce"}, FULL),
        ({"Details": "smtp;550 5.7.1 refused by policy"}, POLICY),
        ({"Details": "", "Type": "SpamNotification"}, SPAM),
        ({"Type": "SpamComplaint"}, COMPLAINT),
        ({"RecordType": "SpamComplaint"}, COMPLAINT),
        ({"Type": "AutoResponder"}, AUTOMATIC),
        ({"RecordType": "Delivery"}, DELIVERED),
    ],
)
def test_what_an_event_of_postmark_says(change, expected) -> None:
    posted = postmark(postmark_bounce(**change), x_syndicate_token="secret")
    assert said(read_postmark(PostmarkWebhook(token="secret"), posted)) == [expected]


@pytest.mark.parametrize(
    ("settings", "headers", "right"),
    [
        (PostmarkWebhook(token="secret"), {"x_syndicate_token": "secret"}, True),
        (PostmarkWebhook(token="secret"), {"x_syndicate_token": "wrong"}, False),
        (PostmarkWebhook(token="secret"), {}, False),
        (PostmarkWebhook(username="u", password="p"), {"authorization": basic("u", "p")}, True),
        (PostmarkWebhook(username="u", password="p"), {"authorization": basic("u", "x")}, False),
        (PostmarkWebhook(username="u", password="p"), {"authorization": "Basic !!"}, False),
        (PostmarkWebhook(username="u", password="p"), {"authorization": basic("u", "p")[6:]}, False),
        (PostmarkWebhook(), {"authorization": basic("", ""), "x_syndicate_token": ""}, False),
    ],
)
def test_who_knows_the_password_or_the_token_is_postmark(settings, headers, right) -> None:
    posted = postmark(postmark_bounce(), **headers)
    if right:
        assert len(read_postmark(settings, posted)) == 1
    else:
        with pytest.raises(Unsigned):
            read_postmark(settings, posted)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"Type": 1}'])
def test_a_body_of_another_kind_is_told(body) -> None:
    posted = Posted(headers={"x-syndicate-token": "s"}, body=body)
    with pytest.raises((Malformed, Unsigned)):
        read_sns(SesWebhook(topics=(TOPIC,)), posted)
    with pytest.raises((Malformed, Unsigned)):
        read_mailgun(MailgunWebhook(secret=MAILGUN_SECRET), posted, now=NOON)
    with pytest.raises((Malformed, Unsigned)):
        read_postmark(PostmarkWebhook(token="s"), posted)
    with pytest.raises((Malformed, Unsigned)):
        read_sendgrid(SendgridWebhook(public_key=public_key()), posted)


def test_values_of_another_kind_break_nothing() -> None:
    odd = {"status": {"a": 1}, "reason": ["x"], "email": None, "smtp-id": 7}
    settings = SendgridWebhook(public_key=public_key())
    (event,) = read_sendgrid(settings, sendgrid(sendgrid_bounce(**odd)))
    assert event.report.recipient == ""


def test_half_a_character_breaks_nothing_whoever_posts_it() -> None:
    half = "The ferry \ud83d"
    stamp = {"timestamp": "1", "token": half, "signature": "0" * 64}
    posted = Posted(headers={}, body=json.dumps({"signature": stamp}).encode())
    with pytest.raises(Unsigned):
        read_mailgun(MailgunWebhook(secret=MAILGUN_SECRET), posted, now=NOON)
    message = json.loads(sns(ses_bounce(address(1))).body) | {"Message": half}
    posted = Posted(headers={}, body=json.dumps(message).encode())
    assert not read_sns(SesWebhook(topics=(TOPIC,)), posted).is_signed(certificate())
    settings = SendgridWebhook(public_key=public_key())
    (event,) = read_sendgrid(settings, sendgrid(sendgrid_bounce(reason=f"550 5.1.1 {half}")))
    assert event.report.diagnostic == "550 5.1.1 The ferry ?"
