"""What one run was told lately: whether an issue goes on, and who was refused for a fault of ours."""

from collections import deque
from collections.abc import Callable

from syndicate.deliver.pace import FIRM_ATTEMPT, Verdict
from syndicate.deliver.pacing.shares import LAST, Told, blames_us
from syndicate.model.delivery import Recipient


class Doubts:
    """The last acceptances and refusals of policy."""

    def __init__(self) -> None:
        self._last: deque[tuple[Told, int]] = deque(maxlen=LAST)

    @property
    def refused(self) -> list[int]:
        """The subscribers who were refused for what may be our fault."""
        return [subscriber_id for told, subscriber_id in self._last if told.refused]

    def refused_by(self, wants_nothing: Callable[[str], bool]) -> list[int]:
        """Those of them whose domain wants nothing from us at this time."""
        return [
            subscriber_id for told, subscriber_id in self._last if told.refused and wants_nothing(told.domain)
        ]

    def note(self, recipient: Recipient, verdict: Verdict, *, domain: str) -> bool:
        """Keep one more; whether the refusals blame us by now."""
        if verdict is Verdict.SENT:
            self._last.append((Told(domain=domain, refused=False), recipient.subscriber_id))
        elif verdict is Verdict.POLICY and recipient.attempt < FIRM_ATTEMPT:
            self._last.append((Told(domain=domain, refused=True), recipient.subscriber_id))
            return blames_us([told for told, _ in self._last])
        return False
