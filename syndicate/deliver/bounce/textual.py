"""Reports in words alone: entries as a notification would have them."""

import re
from collections.abc import Iterator, Sequence

from syndicate.deliver.bounce.addresses import addresses_in, unique
from syndicate.deliver.bounce.dsn import Entry
from syndicate.deliver.bounce.evidence import Evidence
from syndicate.deliver.bounce.mail import Mail
from syndicate.deliver.bounce.notice import Notice
from syndicate.deliver.bounce.recipients import Named, Tier, local_names, named_recipients
from syndicate.deliver.bounce.report import Action
from syndicate.deliver.bounce.telling import status_in
from syndicate.deliver.bounce.tracing import CAME_TO, Traces

NEAR = 30
REMOTE = re.compile(
    r"\b(?:host|server|mx|by|from)\s+\"?([\w-]{1,63}(?:\.[\w-]{1,63}){1,9})\"?\s*[\[(]", re.IGNORECASE
)
REPORTER = re.compile(r"@([\w-]{1,63}(?:\.[\w-]{1,63}){1,9})")
# "You'll be notified if the delivery fails permanently."
CONDITION = re.compile(r"\b(?:if|when|unless|until|eventually)\b[^.]{0,120}")
GIVEN_UP = re.compile(
    r"permanent|(?<!non )(?<!nonfatal )\bfatal|\b(?:given|giving|gave) up|not going to try"
    r"|no further (?:attempt|deliver)|will not (?:be retried|try again|retry)|undeliverable"
    r"|returned to sender|has failed|have failed"
)


def read_words(mail: Mail, notice: Notice, traces: Traces, *, evidence: Evidence) -> tuple[Entry, ...]:
    """What the words say of each recipient; one entry without a name where they name none."""
    waits = evidence.delay and not GIVEN_UP.search(CONDITION.sub("", notice.told))
    action = Action.DELAYED if waits else Action.FAILED
    named = named_recipients(notice.lines, ours=reporters(mail, traces))
    if failed := unique(each for value in mail.all("x-failed-recipients") for each in addresses_in(value)):
        return tuple(_failed(each, named, notice, action=action) for each in failed)
    if all(each.tier < Tier.OWN_LINE for each in named):
        reporter = REPORTER.search(mail.first("from"))
        unqualified = local_names(notice.lines, reporter=reporter[1] if reporter else "")
        if unqualified:
            return tuple(_entry(each, "", notice.text, action=action) for each in unqualified)
    if not named:
        inferred = next(inferred_recipients(mail, traces), "")
        return (_entry(inferred, "", notice.text, action=action),)
    ends = (*(each.line for each in named[1:]), len(notice.lines))
    return tuple(
        _entry(
            each.original or each.address, each.original, context(notice.lines, each.line, end), action=action
        )
        for each, end in zip(named, ends, strict=True)
    )


def reporters(mail: Mail, traces: Traces) -> tuple[str, ...]:
    """Addresses that a report names without meaning that nobody is there: its sender's, ours."""
    fields = (*CAME_TO, "from", "reply-to", "return-path", "sender")
    return unique(
        (*(each for value in mail.all(*fields) for each in addresses_in(value)), *traces.copied_from)
    )


def inferred_recipients(mail: Mail, traces: Traces) -> Iterator[str]:
    """Whom a report may mean that names nobody, the likeliest first."""
    own = {address.casefold() for address in reporters(mail, traces)}
    yield from (each for each in addresses_in(mail.first("subject")) if each.casefold() not in own)
    if traces.folded:
        yield traces.folded
    # Every message of ours goes to one person (requirement M1).
    if len(traces.copied_to) == 1 and traces.copied_to[0].casefold() not in own:
        yield traces.copied_to[0]


def context(lines: Sequence[str], start: int, end: int) -> str:
    """The words from a recipient to the next one."""
    return "\n".join(lines[start : min(max(end, start + 1), start + NEAR)])


def _failed(address: str, named: Sequence[Named], notice: Notice, *, action: Action) -> Entry:
    lines = [n for n, line in enumerate(notice.lines) if address.casefold() in line.casefold()]
    others = sorted(each.line for each in named if lines and each.line > lines[0])
    near = (
        context(notice.lines, lines[0], others[0] if others else len(notice.lines)) if lines else notice.text
    )
    original = next((each.original for each in named if each.original and each.address == address), "")
    return _entry(original or address, original, near, action=action)


def _entry(recipient: str, original: str, words: str, *, action: Action) -> Entry:
    remote = REMOTE.search(words)
    return Entry(
        recipient=recipient,
        original=original,
        action=action,
        status=status_in(words),
        diagnostic=words,
        remote_mta=remote[1] if remote else "",
    )
