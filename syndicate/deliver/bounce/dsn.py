"""Delivery status notifications (RFC 3464; RFC 6533 internationalised), also where their type is lost."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syndicate.deliver.bounce.addresses import typed_address, xtext
from syndicate.deliver.bounce.mail import Fields, Mail, Part, read_fields, value_of
from syndicate.deliver.bounce.notice import ORIGINAL_TYPES, text_of
from syndicate.deliver.bounce.report import Action
from syndicate.deliver.bounce.telling import STATUS

DSN_TYPES = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/xdelivery-status"}
)
RECIPIENT_FIELDS = frozenset({"final-recipient", "original-recipient", "action", "status", "diagnostic-code"})
# Where a status part lost its type, or a whole report its structure.
BLOCK = re.compile(
    r"^[> \t]{0,4}(?:Reporting-MTA|Final-Recipient|Original-Recipient)\s?:", re.IGNORECASE | re.MULTILINE
)
MARGIN = re.compile(r"^[> \t]{1,4}(?=[A-Z][\w-]{1,40}\s?:)", re.MULTILINE)
BLANK = re.compile(r"\n[ \t]*\n")
MOST = 500
ACTIONS = (
    ("fail", Action.FAILED),
    ("expired", Action.FAILED),
    ("error", Action.FAILED),
    ("reject", Action.FAILED),
    ("undeliver", Action.FAILED),
    ("delay", Action.DELAYED),
    ("defer", Action.DELAYED),
    ("warn", Action.DELAYED),
    ("relay", Action.RELAYED),
    ("expand", Action.EXPANDED),
    ("deliver", Action.DELIVERED),
    ("success", Action.DELIVERED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a notification says of one recipient; `original` is as the sender knew it."""

    recipient: str
    original: str
    action: Action
    status: str
    diagnostic: str
    remote_mta: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """The fields for the message, and one entry for each recipient."""

    fields: Fields
    entries: tuple[Entry, ...]


def read_notification(mail: Mail) -> Notification | None:
    """The notification in a mail, or None. One without recipients is one all the same."""
    blocks: list[Fields] = []
    for part in mail.parts:
        if part.type in DSN_TYPES:
            # Where the blank line is missing, the part's head holds what should stand in its body.
            stray = tuple(each for each in part.fields if not each[0].startswith(("content-", "mime-")))
            blocks.extend(each for each in (stray, *_blocks(part.text)) if each)
        elif part.type not in ORIGINAL_TYPES and not blocks:
            blocks.extend(_stray_blocks(part))
    if not blocks:
        return None
    entries = [_entry(group) for block in blocks for group in _groups(block)]
    of_message = next(
        (block for block in blocks if not RECIPIENT_FIELDS & {name for name, _ in block}), blocks[0]
    )
    known = tuple(entry for entry in entries if entry.recipient or entry.status)[:MOST]
    return Notification(fields=of_message, entries=known)


def _blocks(text: str) -> Iterator[Fields]:
    for block in BLANK.split(text.strip("\n"), maxsplit=MOST)[:MOST]:
        if fields := read_fields(block):
            yield fields


def _stray_blocks(part: Part) -> Sequence[Fields]:
    if not part.type.startswith(("text/", "message/", "application/", "multipart/")):
        return ()
    text = text_of(part)
    found = BLOCK.search(text)
    if not found:
        return ()
    blocks = [*_blocks(MARGIN.sub("", text[found.start() : found.start() + 50_000]))]
    kept = [block for block in blocks if RECIPIENT_FIELDS & {name for name, _ in block}]
    # "Final-Recipient:" alone may be quoted in a conversation about bounces.
    telling = any({"action", "status"} & {name for name, _ in block} for block in kept)
    return [block for block in blocks[:1] if block not in kept] + kept if telling else ()


def _groups(block: Fields) -> Iterator[Fields]:
    """A block's recipients, also where nobody put a blank line between them."""
    group: list[tuple[str, str]] = []
    for name, value in block:
        repeated = name in {"final-recipient", "action"} and name in {each for each, _ in group}
        if repeated or (name == "original-recipient" and name in {each for each, _ in group}):
            yield tuple(group)
            group = []
        group.append((name, value))
    if RECIPIENT_FIELDS & {name for name, _ in group}:
        yield tuple(group)


def _entry(group: Fields) -> Entry:
    original = typed_address(xtext(value_of(group, "original-recipient")))
    final = typed_address(value_of(group, "final-recipient")) or typed_address(
        value_of(group, "x-actual-recipient")
    )
    diagnostics = [value for name, value in group if name in {"diagnostic-code", "x-display-diagnostic"}]
    status = STATUS.search(value_of(group, "status"))
    return Entry(
        recipient=original or final or typed_address(value_of(group, "x-display-name")),
        original=original,
        action=action_of(value_of(group, "action")),
        status=status[1] if status else "",
        diagnostic=" ".join(_without_type(each) for each in diagnostics),
        remote_mta=_without_type(value_of(group, "remote-mta")),
    )


def action_of(value: str) -> Action:
    """An Action field's value, also as those write it who know no RFC."""
    said = value.strip().lower()
    return next((action for word, action in ACTIONS if word in said), Action.NONE)


def _without_type(value: str) -> str:
    kind, separator, rest = value.partition(";")
    return rest.strip() if separator and re.fullmatch(r"[\w-]{1,20}", kind.strip()) else value.strip()
