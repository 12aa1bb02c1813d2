"""What stands before the documents of partners: who is let in, to what, and why not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from syndicate.model.catalogue import Catalogue
from syndicate.partner.access import NOTHING, Access, Credential, authenticate, read_authorization
from syndicate.partner.log import DeliveryLog
from syndicate.partner.signing import Address, read_query, read_url
from syndicate.store.database import Database
from syndicate.store.partner_log import REFUSED, Handed
from syndicate.store.partner_receipts import tells_withdrawal

# What another web node answered so long ago may not be written down yet.
UNWRITTEN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Database, named things, folder and clock; `keys` sign URLs, the first one new ones; `log` is written
    behind the answers.
    """

    db: Database
    catalogue: Catalogue
    partners_dir: Path
    keys: tuple[bytes, ...]
    log: DeliveryLog
    now: Callable[[], datetime]


class Verdict(StrEnum):
    """What becomes of a request for a document."""

    GRANTED = "granted"
    # Whoever asks is nobody that we know: the answer is the same for every name there is or is not.
    UNKNOWN = "unknown"
    # A partner, and none of its feeds.
    FOREIGN = "foreign"
    # One of its feeds, in a format that it does not get.
    ABSENT = "absent"


def read_credential(
    gate: Gate, address: Address, *, authorization: Sequence[bytes], query: str
) -> Credential:
    """What a request brings. A header is believed alone; the query counts where there is none."""
    if authorization:
        return read_authorization(authorization)
    token_id = read_query(gate.keys, address, query, now=gate.now())
    return Credential(token_id=token_id) if token_id else NOTHING


async def let_in(gate: Gate, address: Address, credential: Credential) -> Access | None:
    """Who asks, if that is a partner with a token that counts."""
    access = await gate.db.read(authenticate, address.partner, credential, now=gate.now())
    # A partner that the configuration names no more has tokens, and nothing to open with them.
    return access if address.partner in gate.catalogue.partners else None


def judge(catalogue: Catalogue, address: Address, access: Access | None) -> Verdict:
    """What whoever was let in, or not, gets of this address."""
    if access is None:
        return Verdict.UNKNOWN
    contract = catalogue.partners[access.partner]
    if address.feed not in contract.feeds:
        return Verdict.FOREIGN
    return Verdict.GRANTED if address.form in contract.forms else Verdict.ABSENT


def document_path(gate: Gate, address: Address) -> Path:
    """The file at an address that was granted."""
    return gate.partners_dir / address.partner / f"{address.feed}.{address.form}"


async def open_topic(gate: Gate, url: str) -> Address | None:
    """The document that a signed URL of ours opens now; None for any other URL, and once its token ended.

    For hubs: a topic is a URL, and brings no header.
    """
    found = read_url(url, base_url=gate.catalogue.site.base_url)
    if found is None:
        return None
    address, query = found
    credential = read_credential(gate, address, authorization=(), query=query)
    access = await let_in(gate, address, credential)
    return address if judge(gate.catalogue, address, access) is Verdict.GRANTED else None


async def owes_receipt(gate: Gate, access: Access, content: str) -> bool:
    """Whether a document (its SHA-256 in hex) tells the partner of a withdrawal that it may not know of."""
    if gate.log.awaits(access.partner):
        return True
    return await gate.db.read(tells_withdrawal, access.partner, content, since=gate.now() - UNWRITTEN)


def note_answer(
    gate: Gate, access: Access, address: Address, *, status: int, size: int = 0, content: str = ""
) -> None:
    """Take down an answer; `size` in bytes, `content` the SHA-256 in hex of what the partner now holds."""
    handed = Handed(
        partner=access.partner,
        feed=address.feed,
        form=str(address.form),
        at=gate.now(),
        status=status,
        size=size,
        content=content,
        token_id=access.token_id,
    )
    gate.log.note(handed)


def note_refusal(gate: Gate, address: Address) -> None:
    """Count a request that was refused, under no names but those that we gave."""
    contract = gate.catalogue.partners.get(address.partner)
    known = contract is not None and address.feed in contract.feeds
    handed = Handed(
        partner=contract.name if contract else "",
        feed=address.feed if known else "",
        form=str(address.form) if known and address.form else "",
        at=gate.now(),
        how=REFUSED,
    )
    gate.log.note(handed)
