"""Whether what DNS holds for a key of ours is that key, and lets it sign (RFC 6376, section 3.6.1)."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from datetime import date, timedelta

from syndicate.deliver.dkim import Signer
from syndicate.deliver.domain.finding import Finding, Record, State, unasked
from syndicate.deliver.domain.spf_walk import Answer
from syndicate.deliver.domain.tags import read_tags
from syndicate.errors import Unreadable

# Mail waits in queues for five days at most where nobody says otherwise (RFC 5321, section 4.5.4.1).
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of ours, and the first day on which it no longer signs, be it that another takes over."""

    signer: Signer
    ends: date | None = None

    def has_ended(self, day: date) -> bool:
        """Whether it signs no more."""
        return self.ends is not None and self.ends <= day

    def is_needed(self, day: date) -> bool:
        """Whether mail that it signed may still be under way, or will be."""
        return self.ends is None or day < self.ends + KEPT


def keys_of(signers: tuple[Signer, ...]) -> list[Key]:
    """The keys, each with its end: its own, or when the next of its kind begins for the same domain."""
    return [Key(signer=one, ends=_end(one, signers)) for one in signers]


def _end(signer: Signer, signers: tuple[Signer, ...]) -> date | None:
    same = (one for one in signers if (one.domain, one.kind) == (signer.domain, signer.kind))
    begun = signer.signs_from or date.min
    ends = [one.signs_from for one in same if one.signs_from is not None and one.signs_from > begun]
    return min((end for end in [signer.signs_until, *ends] if end is not None), default=None)


def judge_dkim(key: Key, answer: Answer, *, day: date) -> Finding:
    """How the key's record stands on that day."""
    signer = key.signer
    what = f"DKIM key {signer.name}"
    if answer.failed:
        return unasked(what, answer.failed)
    if not key.is_needed(day):
        return _left_over(what, key, answer)
    fault = _fault(signer, answer.values)
    record = Record(name=signer.name, type="TXT", value=signer.record)
    if not fault:
        return Finding(what=what, told=_told(key, day))
    remedy = "publish it"
    if key.has_ended(day) and key.ends is not None:
        remedy = f"keep it until {key.ends + KEPT}: mail that it signed is still under way"
    elif signer.signs_from is not None and day < signer.signs_from:
        remedy = f"publish it before {signer.signs_from}, when it begins to sign"
    return Finding(what=what, told=fault, state=State.TO_DO, remedy=remedy, record=record)


def _told(key: Key, day: date) -> str:
    kind = f"the {key.signer.kind} record is this key's"
    if key.has_ended(day) and key.ends is not None:
        return f"{kind}; it signs no more, and may go on {key.ends + KEPT}"
    if key.signer.signs_from is not None and day < key.signer.signs_from:
        return f"{kind}; it signs from {key.signer.signs_from}"
    return f"{kind}; it signs" + (f" until {key.ends}" if key.ends else "")


def _left_over(what: str, key: Key, answer: Answer) -> Finding:
    if not answer.values:
        return Finding(what=what, told="it signs no more, and its record is gone")
    told = f"it signs no more since {key.ends}, and its record is still there"
    return Finding(what=what, told=told, state=State.HINT, remedy="take the record and the key file away")


def _fault(signer: Signer, texts: tuple[str, ...]) -> str:
    if not texts:
        return "there is no such record: no signature of ours can be verified"
    if len(texts) > 1:
        return f"there are {len(texts)} TXT records, of which verifiers take any one (section 3.6.2.2)"
    try:
        tags = read_tags(texts[0])
    except Unreadable as error:
        return f"the record cannot be read: {error}"
    return _fault_of_tags(signer, tags)


def _fault_of_tags(signer: Signer, tags: dict[str, str]) -> str:
    if tags.get("v", "DKIM1") != "DKIM1" or ("v" in tags and next(iter(tags)) != "v"):
        return "the record does not begin with v=DKIM1"
    if "p" not in tags:
        return "the record has no p=, where the key stands"
    if not tags["p"]:
        return "p= is empty: the key is revoked"
    if (kind := tags.get("k", "rsa").lower()) != signer.kind:
        return f"the record is of a key k={kind}, ours is k={signer.kind}"
    if "h" in tags and "sha256" not in _listed(tags["h"]):
        return f"h={tags['h']} does not allow sha256, which is what we sign with"
    if not {"*", "email"} & set(_listed(tags.get("s", "*"))):
        return f"s={tags['s']} does not allow the key for mail"
    if fault := _fault_of_key(signer, tags["p"]):
        return fault
    if "y" in _listed(tags.get("t", "")):
        return "t=y says that signing is being tried out, so that verifiers may ignore it"
    return ""


def _fault_of_key(signer: Signer, p: str) -> str:
    try:
        fits = signer.fits(b64decode("".join(p.split()), validate=True))
    except (binascii.Error, ValueError):
        return "p= holds no key that can be read; perhaps a part of the record is missing"
    return "" if fits else "p= is another key than the one that signs"


def _listed(value: str) -> list[str]:
    return [part.strip().lower() for part in value.split(":")]


def judge_signing(host: str, signing: tuple[Signer, ...], *, has_keys: bool, relay_signs: bool) -> Finding:
    """Whether anybody signs mail from that host today; `has_keys`: it would be one of ours on other days."""
    what = f"DKIM signing for {host}"
    if relay_signs:
        told = "the relay signs, so that its key cannot be seen from here; send yourself a mail and look"
        return Finding(what=what, told=told)
    named = ", ".join(f"{one.selector} ({one.kind})" for one in signing)
    if any(one.kind == "rsa" for one in signing):
        return Finding(what=what, told=f"by {named}")
    told = "no RSA key signs it, which many receivers ask for" if named else "nobody signs it"
    remedy = "see signs_from and signs_until of its keys" if has_keys else f"syndicate dkim new {host}"
    return Finding(what=what, told=told, state=State.TO_DO, remedy=remedy)
