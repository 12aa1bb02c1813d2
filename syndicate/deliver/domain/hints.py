"""What helps and nobody asks for: MTA-STS (RFC 8461) for what comes in, BIMI for a logo beside it."""

from syndicate.deliver.domain.finding import Finding, State
from syndicate.deliver.domain.spf_walk import Answer
from syndicate.deliver.domain.tags import is_version, read_tags
from syndicate.errors import Unreadable


def judge_mta_sts(domain: str, answer: Answer) -> Finding | None:
    """Whether mail to the domain is asked to come encrypted; nothing where nobody could tell."""
    what = f"MTA-STS of {domain}"
    texts = [text for text in answer.values if is_version(text, "STSv1")]
    if answer.failed:
        return None
    if not texts:
        told = "none: mail to this domain may come unencrypted"
        remedy = f"optional: a policy at https://mta-sts.{domain}/.well-known/mta-sts.txt, and a record"
        return Finding(what=what, told=told, state=State.HINT, remedy=remedy)
    if len(texts) > 1 or not _tags(texts[0]).get("id"):
        told = "its record is none that senders read: one, with v=STSv1 and an id="
        return Finding(what=what, told=told, state=State.HINT, remedy="mend the record")
    return Finding(what=what, told=texts[0])


def judge_bimi(domain: str, answer: Answer, *, policy: str) -> Finding | None:
    """Whether a logo may show; `policy` is DMARC's p=, which has to be strict for it."""
    what = f"BIMI of {domain}"
    texts = [text for text in answer.values if is_version(text, "BIMI1")]
    if answer.failed or not texts:
        return None
    if not _tags(texts[0]).get("l", "").startswith("https://"):
        return Finding(what=what, told="l= is no https address", state=State.HINT, remedy="mend the record")
    if policy not in {"quarantine", "reject"}:
        told = f"no logo shows while DMARC says p={policy or 'nothing'}"
        return Finding(what=what, told=told, state=State.HINT, remedy="publish p=quarantine or p=reject")
    return Finding(what=what, told=texts[0])


def _tags(text: str) -> dict[str, str]:
    try:
        return read_tags(text)
    except Unreadable:
        return {}
