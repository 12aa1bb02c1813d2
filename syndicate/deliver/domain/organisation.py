"""The organisational domain (RFC 7489, section 3.2) by the public suffix list that is shipped with us."""

from tld import get_fld

from syndicate.model.hosts import covers


def organisation_of(host: str) -> str:
    """The domain that somebody registered; its last two labels where the list does not know the suffix."""
    host = host.lower().rstrip(".")
    found = get_fld(f"http://{host}/", fail_silently=True, search_private=True) if host else None
    return str(found) if found else ".".join(host.split(".")[-2:])


def is_aligned(domain: str, sender: str, *, strict: bool) -> bool:
    """Whether DMARC takes a domain for that of From (section 3.1)."""
    if strict:
        return domain.lower() == sender.lower()
    return covers(organisation_of(sender), domain)
