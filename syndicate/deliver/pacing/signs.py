"""What an answer tells about the pace, apart from what it means for its recipient."""

import re
from enum import StrEnum

from syndicate.deliver.pace import SERVICE_CLOSING, Answer, Step, Verdict, judge

# RFC 4954 gives it to passing faults of authentication; large relays say it of their own sending rate.
THROTTLED = 454
STATUS = re.compile(r"4\.(\d{1,3})\.\d{1,3}\b")
GREYLISTED = re.compile(r"gr[ea]y.?list|postgrey", re.IGNORECASE)
TOO_FAST = re.compile(
    r"too (many|much|fast|frequent)|rate.?limit|throttl|temporar\w+ (deferred|blocked|rate|suspended)"
    r"|unusual (rate|amount|volume)|(rate|quota|limit) (was |is |has been )?exceeded"
    r"|exceeded .{0,30}(rate|limit)|reputation",
    re.IGNORECASE,
)


class Sign(StrEnum):
    """WELL: accepted. SLOW: asks for patience. WEAK: perhaps so. POLICY: refused for what we are or send."""

    WELL = "well"
    SLOW = "slow"
    WEAK = "weak"
    POLICY = "policy"
    NONE = "none"


def sign_of(answer: Answer) -> Sign:
    """The sign. One person's mailbox, whether gone or full, says nothing of the pace."""
    if answer.code // 100 == 4:
        return _of_deferral(answer)
    verdict = judge(answer)
    if verdict is Verdict.SENT:
        return Sign.WELL
    return Sign.POLICY if verdict is Verdict.POLICY else Sign.NONE


def about_relay(answer: Answer) -> bool:
    """Whether it is about the relay: what comes before the recipient was named, and its own limits."""
    return answer.step is Step.MAIL or answer.code == THROTTLED


def _of_deferral(answer: Answer) -> Sign:
    if GREYLISTED.search(answer.text):
        return Sign.NONE
    found = STATUS.match(answer.text)
    subject = found[1] if found else ""
    # RFC 3463, section 3: 1 and 2 are about an address and its mailbox, 7 about policy.
    if subject in ("1", "2"):
        return Sign.NONE
    if answer.code == THROTTLED or subject == "7" or TOO_FAST.search(answer.text):
        return Sign.SLOW
    if answer.code == SERVICE_CLOSING and answer.step is not Step.DOT:
        # Servers also close so after so many messages or minutes on one connection.
        return Sign.NONE if answer.step is Step.MAIL else Sign.WEAK
    return Sign.SLOW if answer.code == SERVICE_CLOSING else Sign.WEAK
