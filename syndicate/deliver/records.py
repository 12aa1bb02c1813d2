"""What a journal holds, as bytes: a head, then slots of one size, each with a checksum of its own.

A slot is for one recipient at a time. Its first part says that the final dot is about to leave, its second
what came of it. A part that was torn, by a kill or a power cut, counts as not written.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from syndicate.model.delivery import DeliveryState, Outcome
from syndicate.store.batches import Hold

HEAD_BYTES = 1024
SLOT_BYTES = 1024
# Subscriber and attempt; then, of an outcome, its state, reply code, time and next time (seconds since 1970,
# 0 for none) and how long the two texts are that follow.
START = struct.Struct("<qi")
END = struct.Struct("<qi10shddHH")
SUM = struct.Struct("<I")
END_AT = START.size + SUM.size
RELAY_BYTES = 200
REPLY_BYTES = SLOT_BYTES - END_AT - SUM.size - END.size - RELAY_BYTES

Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A dead owner's journal. `entries` by (subscriber, attempt): the outcome, or None for a dot alone.

    `complete`: whoever is not in it was not written to.
    """

    hold: Hold
    entries: Mapping[Key, Outcome | None]
    complete: bool


def pack_head(hold: Hold, boot: str) -> bytes:
    """The first bytes of a journal."""
    head = {
        "issue": hold.issue_id,
        "batch": hold.batch,
        "owner": hold.owner,
        "boot": boot,
        "slot": SLOT_BYTES,
    }
    return json.dumps(head, separators=(",", ":")).encode().ljust(HEAD_BYTES - 1) + b"\n"


def pack_start(subscriber_id: int, attempt: int) -> bytes:
    """The first part of a slot."""
    body = START.pack(subscriber_id, attempt)
    return body + SUM.pack(crc32(body))


def pack_end(outcome: Outcome, attempt: int) -> bytes:
    """The second part of a slot. Texts that do not fit lose their ends."""
    relay = outcome.relay.encode("utf-8", "replace")[:RELAY_BYTES]
    reply = outcome.reply.encode("utf-8", "replace")[:REPLY_BYTES]
    again = outcome.next_attempt.timestamp() if outcome.next_attempt else 0.0
    words = outcome.state.encode(), outcome.code, outcome.at.timestamp(), again, len(relay), len(reply)
    body = END.pack(outcome.subscriber_id, attempt, *words) + relay + reply
    return SUM.pack(crc32(body)) + body


def unpack(data: bytes, *, boot: str) -> Record | None:
    """Read a journal; None when not even its head was written. `boot` names this run of the machine."""
    first, _, rest = data.partition(b"\n")
    head = _parse(first)
    if not isinstance(head, dict):
        return None
    read = _slots(data[HEAD_BYTES:], head["slot"]) if "slot" in head else _lines(rest)
    hold = Hold(issue_id=head["issue"], batch=head["batch"], owner=head["owner"])
    return Record(hold=hold, entries=dict(read), complete=head["boot"] == boot != "")


def _slots(data: bytes, size: int) -> Iterator[tuple[Key, Outcome | None]]:
    ends: list[tuple[Key, Outcome | None]] = []
    for at in range(0, len(data), size):
        slot = data[at : at + size]
        body = slot[: START.size]
        if any(body) and slot[START.size : END_AT] == SUM.pack(crc32(body)):
            yield START.unpack(body), None
        ends += _end(slot[END_AT:])
    yield from ends


def _end(part: bytes) -> Iterator[tuple[Key, Outcome | None]]:
    fields = part[SUM.size : SUM.size + END.size]
    if len(fields) < END.size or not any(fields):
        return
    subscriber_id, attempt, state, code, at, again, relay, reply = END.unpack(fields)
    texts = part[SUM.size + END.size :][: relay + reply]
    if part[: SUM.size] != SUM.pack(crc32(fields + texts)):
        return
    yield (
        (subscriber_id, attempt),
        Outcome(
            subscriber_id=subscriber_id,
            state=DeliveryState(state.rstrip(b"\0").decode()),
            at=datetime.fromtimestamp(at, UTC),
            code=code,
            reply=texts[relay:].decode("utf-8", "ignore"),
            relay=texts[:relay].decode("utf-8", "ignore"),
            next_attempt=datetime.fromtimestamp(again, UTC) if again else None,
            attempt=attempt,
        ),
    )


def _lines(data: bytes) -> Iterator[tuple[Key, Outcome | None]]:
    """The lines of a journal of a former version, which had no slots."""
    for raw in data.splitlines():
        line = _parse(raw)
        if isinstance(line, list):
            yield (line[0], line[1]), _of_line(line) if len(line) > 2 else None


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _of_line(line: list[Any]) -> Outcome:
    subscriber_id, attempt, state, at, code, reply, relay, later = line
    return Outcome(
        subscriber_id=subscriber_id,
        state=DeliveryState(state),
        at=datetime.fromisoformat(at),
        code=code,
        reply=reply,
        relay=relay,
        next_attempt=datetime.fromisoformat(later) if later else None,
        attempt=attempt,
    )
