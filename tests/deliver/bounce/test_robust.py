"""Whatever a stranger sends is read within bounds, and nothing raises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.deliver.bounce.charsets import decode, decode_words
from syndicate.deliver.bounce.read import read_reports
from syndicate.deliver.bounce.report import Class, Kind
from tests.deliver.bounce.test_documents import DOCUMENTS

HEAD = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n"
FAILED = b"\n\nYour message could not be delivered.\n\n"
REPORT = b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"

LARGE = {
    "50 MB of one line": HEAD + FAILED + b"a" * 50_000_000,
    "50 MB of addresses": HEAD + FAILED + b"user@x.example\n" * 3_500_000,
    "a million addresses": HEAD + FAILED + b"".join(b"u%d@x.example\n" % n for n in range(300_000)),
    "half addresses": HEAD + FAILED + b"a@" * 2_000_000,
    "brackets": HEAD + FAILED + b"<" * 2_000_000,
    "blanks": HEAD + FAILED + (b" " * 3000 + b"x@y\n") * 2000,
    "words of the tables": HEAD + FAILED + (b"user mailbox quota is " * 5000 + b"\n") * 40,
    "unclosed comments": HEAD + b"Content-Type: text/html" + FAILED + b"<!--" * 500_000,
    "unclosed styles": HEAD + b"Content-Type: text/html" + FAILED + b"<style>" * 500_000,
    "many recipients": REPORT
    + b"".join(b"Final-Recipient: rfc822; a%d@b.example\nAction: failed\n\n" % n for n in range(60_000)),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Type: text/plain\n\nx\n" * 90_000,
    "deep multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    ),
    "deep messages": b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * 50_000,
    "a field without end": b"Subject: " + b"=?utf-8?B?YQ==?= " * 200_000 + b"\n\nx",
    "a head without end": b"X: a\n" * 800_000,
}


# What is not linear here takes hours; what is, a second or two.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", LARGE)
def test_large_and_nested_mail_takes_bounded_time(name: str) -> None:
    assert 1 <= len(read_reports(LARGE[name])) <= 1000


@given(st.binary(max_size=3000))
def test_no_bytes_raise(data: bytes) -> None:
    assert read_reports(data)


@settings(deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS.glob("*.eml"))), st.data())
def test_no_broken_report_raises(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 30))):
        raw[data.draw(st.integers(0, max(0, len(raw) - 1))) : 1] = data.draw(st.binary(max_size=3))
    for report in read_reports(bytes(raw)):
        assert report.cls == Class.NONE or report.kind in {Kind.BOUNCE, Kind.COMPLAINT}


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_charset_raises(text: str, charset: str) -> None:
    assert isinstance(decode(text.encode("utf-8", "surrogatepass"), charset), str)
    assert isinstance(decode_words(f"=?{charset}?B?{text}?= {text}"), str)


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "gb18030", "cp932", "euc_jp", "cp949", "iso2022_jp"])
def test_a_charset_that_nobody_told_is_known(charset: str) -> None:
    text = {
        "koi8-r": "Почтовый ящик переполнен, письмо не доставлено",
        "cp1251": "Почтовый ящик переполнен, письмо не доставлено",
        "gb18030": "收件人的邮箱不存在，邮件无法投递，请检查地址",
        "cp949": "존재하지 않는 사용자입니다 메일을 전송하지 못했습니다",
    }.get(charset, "次のあて先へのメッセージはエラーのため送信できませんでした")
    assert decode(text.encode(charset), "us-ascii") == text


def test_a_character_cut_in_two_between_words_is_whole() -> None:
    assert decode_words("=?utf-8?B?2LM=?=\n =?utf-8?B?2A==?= =?utf-8?B?pw==?=") == "سا"
