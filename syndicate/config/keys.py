"""The keys that sign: one as [dkim], several as [dkim.NAME] or [[dkim]]."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from syndicate.config.reading import Reading
from syndicate.config.spelling import shown
from syndicate.errors import Fault
from syndicate.model.hosts import covers
from syndicate.model.newsletter import Newsletter
from syndicate.model.site import Dkim

AT = "dkim"
KEY_FILE = "key_file"


def read_keys(reading: Reading, table: Any) -> Iterator[Dkim]:
    """Each key that is declared. A table's name is its selector, and [dkim] may say the domain of all."""
    if isinstance(table, list):
        for place, inner in enumerate(table, start=1):
            yield _read(reading, inner, f"{AT}[{place}]")
        return
    if not isinstance(table, dict):
        reading.tell(AT, table, f"must be a table: [{AT}], or several: [{AT}.SELECTOR]")
        return
    named = {key: inner for key, inner in table.items() if isinstance(inner, dict)}
    own = {key: value for key, value in table.items() if key not in named}
    if own and (KEY_FILE in own or not named):
        yield _read(reading, own, AT)
    shared = {"domain": own["domain"]} if "domain" in own else {}
    for name, inner in named.items():
        yield _read(reading, {"selector": name, **shared, **inner}, f"{AT}.{name}")


def key_faults(keys: tuple[Dkim, ...], newsletters: Mapping[str, Newsletter]) -> Iterator[Fault]:
    """What is missing or does not fit together."""
    used = [key for key in keys if key.key_file]
    for key in used:
        yield from _incomplete(key)
    for place, key in enumerate(used):
        same = [one.at for one in used[:place] if (one.domain, one.selector) == (key.domain, key.selector)]
        if same and key.domain:
            right = f"already names the key of [{same[0]}]: a domain has one key for each selector"
            yield Fault(
                key=f"{key.at}.selector", value=shown(f"{key.at}.selector", key.selector), right=right
            )
    domains = sorted({key.domain.lower() for key in used if key.domain})
    if not domains:
        return
    for newsletter in newsletters.values():
        address = newsletter.sender.address
        if not any(covers(domain, address.rpartition("@")[2]) for domain in domains):
            of = "dkim.domain" if len(used) == 1 else "any dkim domain:"
            right = f"is not of {of} {', '.join(domains)}: a signature that does not align counts for nothing"
            yield Fault(
                key=f"newsletters.{newsletter.name}.sender.address", value=shown(AT, address), right=right
            )


def _read(reading: Reading, table: Any, at: str) -> Dkim:
    return replace(reading.read(Dkim, table, at), at=at)


def _incomplete(key: Dkim) -> Iterator[Fault]:
    for name in ("domain", "selector"):
        if not getattr(key, name):
            right = "is missing; with key_file it says where the public key stands"
            yield Fault(key=f"{key.at}.{name}", value="", right=right)
    if key.signs_from and key.signs_until and key.signs_until <= key.signs_from:
        right = f"is not after signs_from ({key.signs_from}): the key would never sign"
        yield Fault(key=f"{key.at}.signs_until", value=str(key.signs_until), right=right)
