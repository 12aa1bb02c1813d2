"""What a provider posts, and the events that are read out of it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syndicate.deliver.bounce.judging import class_of, reason_of
from syndicate.deliver.bounce.report import Action, Class, Kind, Reason, Report
from syndicate.errors import SyndicateError

STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
CODE = re.compile(r"\b[245]\d\d(?=[ -])")


class Unsigned(SyndicateError):
    """Nothing vouches for what was posted: the signature is missing, wrong or used up."""


class Malformed(SyndicateError):
    """What was posted is not what this provider sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A request: header names in lower case, and the body as it came."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one event says, under the provider's own id for it."""

    id: str
    report: Report


def parse(body: bytes | str) -> Any:
    """The JSON of a body. Raises Malformed."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is no JSON") from error


def table(value: Any) -> Mapping[str, Any]:
    """A JSON object, or an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a JSON list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A JSON text or number as text; empty for anything else. Half a character (`\\ud83d`) is a `?`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What every provider tells of a message: to whom, its Message-ID, what may hold our signature."""

    recipient: str
    message_id: str = ""
    signed: Iterable[str] = ()

    def failed(
        self, status: str, said: str, *, code: int = 0, reason: Reason | None = None, cls: Class | None = None
    ) -> Report:
        """A failure; reason and class by the codes and words, unless the provider knows better."""
        status = status or _first(STATUS, said)
        known = reason or reason_of(code or int(_first(CODE, said) or 0), status, said)
        return self._report(
            Kind.BOUNCE,
            action=Action.FAILED,
            status=status,
            reason=known,
            cls=cls or class_of(status, known, said),
            diagnostic=said,
        )

    def delayed(self, status: str, said: str) -> Report:
        """One that the provider goes on trying."""
        reason = reason_of(0, status, said)
        return self._report(Kind.BOUNCE, action=Action.DELAYED, status=status, reason=reason, diagnostic=said)

    def delivered(self) -> Report:
        """One that the recipient's server accepted."""
        return self._report(Kind.BOUNCE, action=Action.DELIVERED)

    def complaint(self, said: str = "") -> Report:
        """One that the recipient called spam."""
        return self._report(Kind.COMPLAINT, cls=Class.SUPPRESS, diagnostic=said)

    def automatic(self, said: str = "") -> Report:
        """An answer that no person wrote."""
        return self._report(Kind.AUTO_REPLY, diagnostic=said)

    def _report(self, kind: Kind, **said: Any) -> Report:
        line = " ".join(str(said.pop("diagnostic", "")).split())[:500]
        return Report(
            kind=kind,
            recipient=self.recipient,
            original_message_id=self.message_id.strip("<> "),
            verp_candidates=tuple(self.signed),
            diagnostic=line,
            **said,
        )


def _first(pattern: re.Pattern[str], said: str) -> str:
    found = pattern.search(said)
    return found[0] if found else ""
