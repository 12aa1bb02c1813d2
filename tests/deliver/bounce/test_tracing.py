"""Which delivery a report is about: what it offers, in the order of requirement B1."""

from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.report import Report

DSN = """Return-Path: <>
Delivered-To: <delivered@bounce.courier.example>
X-Original-To: original@bounce.courier.example
From: MAILER-DAEMON@mx.readers.example
To: to@bounce.courier.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.readers.example
X-Postfix-Sender: rfc822; postfix@bounce.courier.example
Original-Envelope-Id: 7-41-abc
Arrival-Date: Fri, 3 May 2024 08:30:02 +0200

Original-Recipient: rfc822;mina@readers.example
Final-Recipient: rfc822;mina.vale@mailhost.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.mailhost.example
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: message/rfc822

Return-Path: <returned@bounce.courier.example>
Message-ID: <0f3c@courier.example>
From: news@courier.example
To: mina@readers.example

Hello
--b--
"""


def read(text: str = DSN, *, envelope_to: str = "") -> Report:
    (report,) = read_reports(text.encode(), envelope_to=envelope_to)
    return report


def test_where_the_mail_came_to_stands_first() -> None:
    found = read(envelope_to="envelope@bounce.courier.example").verp_candidates
    locals_ = [each.partition("@")[0] for each in found if each.endswith("@bounce.courier.example")]
    assert locals_ == ["envelope", "original", "delivered", "to", "returned", "postfix"]


def test_everything_else_that_leads_there_is_told() -> None:
    report = read()
    assert report.envelope_id == "7-41-abc"
    assert report.original_message_id == "0f3c@courier.example"
    assert report.original_recipient == "mina@readers.example"
    assert report.remote_mta == "mx.mailhost.example"
    assert report.arrival is not None
    assert report.arrival.isoformat() == "2024-05-03T06:30:02+00:00"


def test_the_original_recipient_goes_before_the_final_one() -> None:
    assert read().recipient == "mina@readers.example"
    assert (
        read(DSN.replace("Original-Recipient: rfc822;mina@", "X-Nothing: ")).recipient
        == "mina.vale@mailhost.example"
    )


def test_a_message_id_is_found_in_words_too() -> None:
    head = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\nmina@readers.example not reached\n"
    assert read(f"{head}Message-Id: <0f3c@courier.example>\n").original_message_id == "0f3c@courier.example"


def test_the_words_of_the_report_are_one_line_of_bounded_length() -> None:
    assert read().diagnostic == "550 5.1.1 User unknown"
    assert len(read(DSN.replace("User unknown", "User unknown\n " + "x " * 2000)).diagnostic) == 500


def test_a_wrong_date_is_none() -> None:
    text = DSN.replace("Arrival-Date: Fri, 3 May 2024 08:30:02 +0200", "Arrival-Date: soon")
    assert read(text).arrival is None
