"""What a mail says in words, apart from the message that came back with it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from syndicate.deliver.bounce.mail import Fields, Mail, Part, read_fields
from syndicate.deliver.bounce.rules import compiled, read_table
from syndicate.deliver.bounce.telling import plain

LONGEST = 30_000
MOST_LINES = 600
STATUS_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/feedback-report",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/xdelivery-status",
    }
)
ORIGINAL_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/global-headers",
        "message/partial",
        "text/rfc822",
        "message/rfc822-headers",
        "text/rfc822-header",
        "message/news",
    }
)
QUOTED = re.compile(r"\s{0,3}(?:[>|:]\s?)+(?=\s|\S)")
DROPPED = re.compile(r"<(style|script|head|title)\b|<!--", re.IGNORECASE)
BREAKING = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?table|/?li|/?h[1-6]|/?pre|/?ul|/?td|/?blockquote)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
TAG = re.compile(
    r"<[/!?]?[A-Za-z][^<>@]{0,2000}>|<(?:a|font|span|td|img|p|div)\s[^<>]{0,2000}>", re.IGNORECASE
)
RECEIVERS = re.compile(r"recipient|address(?!ed)|reason", re.IGNORECASE)
# A field of a mail's head that stands at the margin, and those of them that no report writes about itself.
HEAD_LINE = re.compile(r"([A-Z][\w-]{1,60}):(?:\s|$)")
TELLTALE = frozenset(
    {
        "received",
        "return-path",
        "message-id",
        "mime-version",
        "dkim-signature",
        "x-mailer",
        "delivered-to",
        "content-type",
        "list-unsubscribe",
        "x-received",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`lines` are the reporter's own words; `copy` what follows of our message; `quoted`: there was more."""

    lines: tuple[str, ...]
    copy: str
    quoted: bool = False

    @property
    def text(self) -> str:
        """The words as one text."""
        return "\n".join(self.lines)

    @property
    def told(self) -> str:
        """The words as the tables of words meet them."""
        return plain(self.text[:6000])


@cache
def words(name: str) -> re.Pattern[str]:
    """One of the tables of `words.toml`."""
    return compiled(read_table("words.toml")[name]["patterns"])


def read_notice(mail: Mail) -> Notice:
    """The words of a mail: its text parts up to the first message that came back in it."""
    texts: list[str] = []
    for part in mail.parts:
        if part.type in ORIGINAL_TYPES:
            break
        if part.type in STATUS_TYPES or not part.type.startswith(("text/", "multipart/")):
            continue
        if part.type == "text/html" and any(text.strip() for text in texts):
            continue
        texts.append(text_of(part))
    whole = "\n".join(texts)[:LONGEST]
    return divide(whole)


def divide(text: str) -> Notice:
    """The reporter's words, and the copy of the message behind them."""
    lines = text.split("\n")[:MOST_LINES]
    start = next((n for n in range(len(lines)) if _copy_begins(lines, n)), len(lines))
    own = [*_unquoted(lines[:start])]
    copied = "\n".join(lines[start:])
    return Notice(lines=tuple(own), copy=copied, quoted=len(own) < start)


def copied_fields(mail: Mail, notice: Notice) -> Fields:
    """The head of the message that came back, as far as it is there."""
    for part in mail.parts:
        if part.type in ORIGINAL_TYPES:
            return read_fields(part.raw.lstrip(b"\n").partition(b"\n\n")[0][:LONGEST])
    copy = notice.copy.split("\n")
    first = next((n for n, line in enumerate(copy) if HEAD_LINE.match(line.lstrip("> "))), len(copy))
    head = [line.lstrip(">").removeprefix(" ") if line.startswith(">") else line for line in copy[first:]]
    return read_fields("\n".join(head).partition("\n\n")[0])


def text_of(part: Part) -> str:
    """A part's text; of HTML what a person would see, its lines kept."""
    text = part.text[: LONGEST * 4]
    if part.type == "text/html" or re.match(r"\s*<(?:!doctype )?html", text, re.IGNORECASE):
        text = TAG.sub("", BREAKING.sub("\n", _without_unseen(text)))
        text = html.unescape(text).replace("\xa0", " ")
    return text


def _without_unseen(text: str) -> str:
    """HTML without what no reader sees, in one pass; what is never closed is taken for text."""
    lower, kept, end, never_closed = text.lower(), [], 0, set[str]()
    for found in DROPPED.finditer(text):
        closing = f"</{found[1].lower()}" if found[1] else "-->"
        if found.start() < end or closing in never_closed:
            continue
        close = lower.find(closing, found.end())
        if close < 0:
            never_closed.add(closing)
            continue
        kept.append(text[end : found.start()])
        end = close + len(closing)
    return " ".join([*kept, text[end:].removeprefix(">")])


def _unquoted(lines: list[str]) -> Iterator[str]:
    """The lines that nobody quotes; MDaemon sets an address alone off in the same way."""
    for n, line in enumerate(lines):
        if not QUOTED.match(line):
            yield line
        elif "@" in line and len(line.split()) <= 3 and not any(map(QUOTED.match, lines[max(0, n - 1) : n])):
            yield line.lstrip(">|: ")


def _copy_begins(lines: list[str], at: int) -> bool:
    line = lines[at]
    if not line.strip() or at == 0:
        return False
    if len(line) < 160 and "@" not in line and words("copies").search(plain(line)) and _is_heading(line):
        return True
    if not HEAD_LINE.match(line):
        return False
    names = {found[1].lower() for each in lines[at : at + 12] if (found := HEAD_LINE.match(each))}
    return len(names) >= 3 and bool(names & TELLTALE) and "final-recipient" not in names


def _is_heading(line: str) -> bool:
    stripped = line.strip()
    if RECEIVERS.search(line):
        return False
    ruled = stripped.startswith(("--", "==", "__", "**")) or stripped.endswith(("--", "==", "__", ":", "："))
    return ruled or len(stripped.split()) <= 12
