"""Our rules for messages find nothing in ours, and each finds what breaks it."""

import re
from collections.abc import Callable

import pytest

from syndicate.deliver.compose import build_issue, message_id, splice
from syndicate.deliver.dkim import Signer
from syndicate.deliver.lint import lint_mail, lint_message
from syndicate.model.delivery import NoticeKind
from syndicate.model.newsletter import Issue
from syndicate.publish.digest import render
from syndicate.publish.digest_view import DigestView
from syndicate.templating import Templates
from tests import digests
from tests.builders import NOON, an_issue
from tests.deliver.test_compose import KEYRING, some_slots
from tests.deliver.test_dkim import ED25519, RSA
from tests.deliver.test_letters import a_mail, letters


def issue_of(view: DigestView) -> Issue:
    rendering = render(view, templates=Templates())
    return an_issue(
        newsletter=digests.newsletter_of(view).name,
        subject=view.subject,
        html=rendering.html,
        text=rendering.text,
        slot_key=rendering.slot_key,
    )


def message_of(view: DigestView, *signers: Signer) -> bytes:
    newsletter = digests.newsletter_of(view)
    template = build_issue(issue_of(view), newsletter, site=digests.SITE, signers=signers)
    return splice(
        template, some_slots(message_id=message_id(KEYRING, newsletter, issue_id=1, subscriber_id=1))
    )


GOOD = message_of(digests.english(), RSA, ED25519)


def rules(data: bytes) -> set[str]:
    return {finding.rule for finding in lint_message(data)}


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("make", [digests.english, digests.persian])
def test_our_issues_break_no_rule(make: Callable[..., DigestView], archived: bool) -> None:
    assert lint_message(message_of(make(archived_only=archived), RSA, ED25519)) == []


@pytest.mark.parametrize("count", [1, 30, 300])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_issues_of_any_size_break_no_rule(language: str, count: int) -> None:
    assert lint_message(message_of(digests.many(count, language=language))) == []


@pytest.mark.parametrize("language", ["en", "fa", "ar", "de", "fr", "es"])
def test_an_issue_in_its_reader_s_language_breaks_no_rule(language: str) -> None:
    view = digests.english(language=language, subject="{name}: {lead}")
    rendering = render(view, templates=Templates())
    issue = an_issue(
        letter_subject=rendering.letter_subject,
        html=rendering.html,
        text=rendering.text,
        slot_key=rendering.slot_key,
    )
    template = build_issue(issue, digests.DAILY, site=digests.SITE, signers=[RSA], language=language)
    identity = message_id(KEYRING, digests.DAILY, issue_id=1, subscriber_id=1)
    for name in ("", "مینا ویل", "Mina “the Tide” Vale"):
        assert lint_message(splice(template, some_slots(message_id=identity, name=name))) == []


@pytest.mark.parametrize("language", ["en", "fa", "ar", "de", "fr", "es"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_our_notice_mails_break_no_rule(kind: NoticeKind, language: str) -> None:
    letter = letters(signers=(RSA,)).notice(a_mail(kind=kind, language=language), at=NOON)
    assert lint_message(letter.data) == []


def in_header(old: bytes, new: bytes) -> bytes:
    head, gap, body = GOOD.partition(b"\r\n\r\n")
    assert old in head, old
    return head.replace(old, new) + gap + body


def in_html(old: str, new: str) -> bytes:
    """The good message with its HTML changed before it is composed."""
    view = digests.english()
    issue = issue_of(view)
    assert re.search(old, issue.html), old
    newsletter = digests.newsletter_of(view)
    changed = an_issue(
        html=re.sub(old, lambda _: new, issue.html, count=1), text=issue.text, slot_key=issue.slot_key
    )
    slots = some_slots(message_id=message_id(KEYRING, newsletter, issue_id=1, subscriber_id=1))
    return splice(build_issue(changed, newsletter, site=digests.SITE), slots)


BROKEN_HEADERS = [
    ("M1", b"Subject:", b"X-Subject:"),
    ("M1", b"To: ", b"To: other@reader.example, "),
    ("M2", b"Message-ID: <", b"Message-ID: <z"),
    ("M3", b"Precedence:", "X-Name: Zoë\r\nPrecedence:".encode()),
    ("M3", b"Precedence:", b"X-Long: " + b"word " * 20 + b"\r\nPrecedence:"),
    ("M3", b"Precedence: bulk", b"Precedence: bulk\nX: y"),
    ("M4", b"List-Unsubscribe: <https://", b"List-Unsubscribe: <http://"),
    ("M4", b"unsubscribe/AAAAbbbb", b"unsubscribe/mina@reader.example"),
    ("M4", b"=One-Click", b"=Later"),
    ("M5", b"d=courier.example", b"d=relay.example"),
    ("M5", b"c=relaxed/relaxed;", b"c=relaxed/relaxed; l=10;"),
    ("M5", b"From: From: To: Subject:", b"From: To: Subject:"),
    ("M5", b"Subject: Date:", b"Date:"),
    ("M5", b"a=rsa-sha256", b"a=rsa-sha1"),
    ("M6", b"Precedence: bulk", b"X-Precedence: bulk"),
    ("M6", b"Feedback-ID:", b"Feedback-ID: 1:2:3:four\r\nFeedback-ID:"),
    ("M6", b"Precedence: bulk", b"Precedence: bulk\r\nAuto-Submitted: auto-generated"),
    ("M7", b"From: Harbour", b"Return-Path: <x@relay.example>\r\nFrom: Harbour"),
    ("M8", b"multipart/alternative", b"multipart/mixed"),
]


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN_HEADERS)
def test_a_broken_header_is_found(rule: str, old: bytes, new: bytes) -> None:
    assert rule in rules(in_header(old, new))


BROKEN_HTML = [
    ("M8", r"https://courier.example/en/11", "https://courier.example/en/else"),
    ("M8", r"Unsubscribe</a>", 'Unsubscribe</a><a href="https://courier.example/extra">x</a>'),
    ("M8", r"This story comes from", "That story came from"),
    ("M9", r"</body>", "<p>" + "word " * 20_000 + "</p></body>"),
    ("M11", r"</body>", "<script>x</script></body>"),
    ("M11", r"</head>", '<link rel="stylesheet" href="https://x.example/a.css"></head>'),
    ("M11", r"</body>", '<img src="data:image/png;base64,AA" width="9" height="9" alt=""></body>'),
    ("M11", r"</body>", '<img src="https://courier.example/media/p.png" width="1" height="1" alt=""></body>'),
    ("M11", r"</body>", '<img src="https://other.example/p.png" width="9" height="9" alt=""></body>'),
    ("M11", r'alt="[^"]*"', ""),
    ("M11", r'href="https://courier.example/newsletters/daily"', 'href="http://courier.example/x"'),
    ("M12", r'class="column" role="presentation"', 'class="column"'),
    ("M12", r'class="lead ltr" dir="ltr" lang="en"', 'class="lead ltr"'),
    ("M12", r'<div class="page" dir="ltr" lang="en"', '<div class="page"'),
    ("M12", r"text-align:left", "text-align:start"),
    ("M12", r"color:#5c5c5c", "color:#bbbbbb"),
    ("M12", r">ISLANDS<|>Islands<", ">جزیره‌ها<"),
]


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN_HTML)
def test_a_broken_part_is_found(rule: str, old: str, new: str) -> None:
    assert rule in rules(in_html(old, new))


def test_the_wrong_transfer_encoding_is_found() -> None:
    data = GOOD.replace(b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: 8bit", 1)
    assert "M10" in rules(data)


def test_an_overlong_body_line_is_found() -> None:
    assert "M3" in rules(
        GOOD.replace(b"Content-Type: text/plain", b"x" * 901 + b"\r\nContent-Type: text/plain")
    )


def test_a_finding_names_the_rule_and_its_specification() -> None:
    (finding,) = lint_message(in_header(b"=One-Click", b"=Later"))
    assert (finding.rule, finding.spec) == ("M4", "https://www.rfc-editor.org/rfc/rfc8058#section-3.1")
    assert "List-Unsubscribe-Post" in finding.message


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"junk", b"From: a@b.example\r\n\r\n" + b"\0\xff" * 9])
def test_anything_can_be_linted(data: bytes) -> None:
    assert "M1" in rules(data)


def test_one_of_ours_is_known_and_keeps_all_rules() -> None:
    assert lint_mail(GOOD) == []
    assert [(each.rule, each.severity) for each in lint_mail(in_header(b"=One-Click", b"=Later"))] == [
        ("M4", "error")
    ]


def test_what_only_ours_have_to_keep_is_a_hint_of_others() -> None:
    others = in_header(b"Message-ID: <", b"Message-ID: <x-")
    broken = others.replace(b"=One-Click", b"=Later").replace(b"Precedence: bulk", b"Precedence: list")
    assert {each.rule: str(each.severity) for each in lint_mail(broken)} == {
        "M2": "hint",
        "M4": "warning",
        "M6": "hint",
    }
