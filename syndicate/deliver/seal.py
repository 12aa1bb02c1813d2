"""DKIM signatures for one issue: what `Signer.sign` makes, with everything prepared that is the same.

Putting the field together costs a third of a signature. Its tags and their folds are the same for a whole
issue; the body's hash and the signature always have the same length.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from syndicate.deliver.dkim import Signer, signed_names, signed_order
from syndicate.deliver.headers import Field, field, relaxed

# Stands for a SHA-256 in base64, and is as long.
GAP = "A" * 44
WIDTH = 74


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Signs messages that have the same fields. `order` tells which of them are signed one after the other:
    those that are the same as bytes, the others as their places among a recipient's own fields.

    `raw` and `canonical` are the signature's field before and behind the body's hash.
    """

    signer: Signer
    order: tuple[bytes | int, ...]
    raw: tuple[bytes, bytes]
    canonical: tuple[bytes, bytes]

    def sign(self, own: Sequence[bytes], digest: bytes) -> bytes:
        """The field, raw, over a recipient's `own` fields (raw), the others, and the body's hash."""
        known = b64encode(digest)
        signed = [relaxed(own[one]) if isinstance(one, int) else one for one in self.order]
        before, behind = self.canonical
        signature = b64encode(self.signer.signature(b"".join((*signed, before, known, behind))))
        text = b"b=" + signature
        lines = [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]
        before, behind = self.raw
        return b"".join((before, known, behind, b"\r\n ".join(lines), b"\r\n"))


def seal_of(signer: Signer, own: Sequence[str], fields: Sequence[Field]) -> Seal:
    """The seal of messages with a recipient's `own` fields, by name, and these that all have."""
    names = [*own, *(one.name for one in fields)]
    order: list[bytes | int] = []
    for place in signed_order(names):
        order.append(place if place < len(own) else fields[place - len(own)].canonical)
    tags = signer.tags(signed_names(names), GAP)
    raw = field("DKIM-Signature", tags).raw.removesuffix(b"\r\n") + b"\r\n "
    canonical = field("DKIM-Signature", [*tags, "b="]).canonical.removesuffix(b"\r\n")
    return Seal(
        signer=signer,
        order=_merged(order),
        raw=_split(raw),
        canonical=_split(canonical),
    )


def _split(text: bytes) -> tuple[bytes, bytes]:
    before, _, behind = text.partition(f"bh={GAP}".encode())
    return before + b"bh=", behind


def _merged(order: Sequence[bytes | int]) -> tuple[bytes | int, ...]:
    merged: list[bytes | int] = []
    for one in order:
        last = merged[-1] if merged else None
        if isinstance(one, bytes) and isinstance(last, bytes):
            merged[-1] = last + one
        else:
            merged.append(one)
    return tuple(merged)
