"""What an answer to a delivery means, and when the next attempt is: pure (W3C WebSub, section 7)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicate.model.hub import Hub, Signature
from syndicate.net.client import Response
from syndicate.net.headers import retry_after_seconds
from syndicate.store.hub_deliveries import Fate, HubDelivery, HubOutcome

GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a request: the answer's status, 0 for none, and what went wrong in our words."""

    code: int = 0
    text: str = ""
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Only a 2xx says so; redirects do not count (section 7)."""
        return 200 <= self.code < 300


def reply_of(answer: Response) -> Reply:
    """An answer in short."""
    asked = answer.headers.get("retry-after", "")
    pause = retry_after_seconds(asked, date=answer.headers.get("date", ""))
    if 300 <= answer.status < 400:
        text = f"redirected ({answer.status}), which subscribers may not; they subscribe anew instead"
    else:
        text = f"answered {answer.status}"
    return Reply(code=answer.status, text=text, retry_after=pause)


def outcome_of(
    delivery: HubDelivery, reply: Reply, hub: Hub, *, now: datetime, chance: float, content: str
) -> HubOutcome:
    """What becomes of a delivery; `chance`, from 0 to 1, keeps those that failed together apart."""
    fate = _fate(delivery, reply, hub, now)
    delay = retry_delay(hub, delivery.attempt, chance=chance, asked=reply.retry_after)
    return HubOutcome(
        delivery=delivery,
        fate=fate,
        at=now,
        next_attempt=now if fate is Fate.TAKEN else now + delay,
        content=content,
        code=reply.code,
        reply=reply.text,
    )


def retry_delay(hub: Hub, attempt: int, *, chance: float, asked: float | None = None) -> timedelta:
    """How long to wait behind this attempt: doubled each time, up to the cap, half to whole of that.

    What the callback asked for (Retry-After) counts if it is longer, up to the cap.
    """
    doubled = min(hub.retry_first * (1 << min(attempt - 1, 20)), hub.retry_cap)
    wished = timedelta(seconds=min(asked or 0.0, hub.retry_cap.total_seconds()))
    return max(doubled * (0.5 + chance / 2), wished)


def signed(body: bytes, secret: str, method: Signature) -> str:
    """The X-Hub-Signature of a body (section 7.1)."""
    return f"{method.value}={hmac.new(secret.encode(), body, method.value).hexdigest()}"


def _fate(delivery: HubDelivery, reply: Reply, hub: Hub, now: datetime) -> Fate:
    if reply.taken:
        return Fate.TAKEN
    if reply.code == GONE:
        return Fate.GONE
    spent = delivery.attempt >= hub.attempts or now - delivery.since >= hub.give_up
    return Fate.DEAD if spent else Fate.LATER
