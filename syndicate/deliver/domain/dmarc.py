"""DMARC (RFC 7489): the policy of From's domain, and whether our mail would be taken for its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from syndicate.deliver.domain.finding import Finding, Record, State, unasked
from syndicate.deliver.domain.organisation import is_aligned, organisation_of
from syndicate.deliver.domain.spf_walk import Answer
from syndicate.deliver.domain.tags import is_version, read_tags
from syndicate.errors import Unreadable

POLICIES = ("none", "quarantine", "reject")
STRICT = "s"
REPORTS = re.compile(r"mailto:[^@\s,!]+@(?P<domain>[^@\s,!]+)(!\d+[kmgt]?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcFacts:
    """`own` is what DNS says at `_dmarc` of From's host, `whole` at that of its organisation.

    `signing` are the d= of our signatures, `envelope` the domain of our envelope senders. `consents` says of
    each foreign domain that gets reports whether it agreed to (section 7.1); None where nobody could tell.
    """

    host: str
    own: Answer
    whole: Answer
    envelope: str
    signing: tuple[str, ...]
    consents: tuple[tuple[str, bool | None], ...] = ()


def judge_dmarc(facts: DmarcFacts) -> list[Finding]:
    """Findings about the record, then about alignment."""
    what = f"DMARC of {facts.host}"
    place, answer = found_at(facts.host, facts.own, facts.whole)
    if answer.failed:
        return [unasked(what, answer.failed)]
    texts = records_of(answer)
    if len(texts) != 1:
        return [_missing(what, place, len(texts)), *_alignment(facts, {})]
    try:
        tags = read_tags(texts[0])
    except Unreadable as error:
        return [_to_do(what, f"the record cannot be read: {error}", place, _fresh(place))]
    if fault := _fault(tags):
        return [_to_do(what, fault, place, _fresh(place)), *_alignment(facts, tags)]
    policy = tags.get("sp", tags["p"]) if place != facts.host else tags["p"]
    told = f"p={policy} at _dmarc.{place}"
    return [
        Finding(what=what, told=told),
        *_advice(what, place, tags, texts[0]),
        *_reports(facts),
        *_alignment(facts, tags),
    ]


def found_at(host: str, own: Answer, whole: Answer) -> tuple[str, Answer]:
    """Whose record it is: the host's own, or its organisation's (section 6.6.3)."""
    if own.failed or records_of(own):
        return host, own
    return organisation_of(host), whole


def records_of(answer: Answer) -> list[str]:
    """Those of the TXT records that are of DMARC."""
    return [text for text in answer.values if is_version(text, "DMARC1")]


def report_domains(texts: list[str]) -> list[str]:
    """The domains that aggregate reports go to."""
    try:
        targets = read_tags(texts[0]).get("rua", "") if len(texts) == 1 else ""
    except Unreadable:
        return []
    found = (REPORTS.fullmatch(target.strip()) for target in targets.split(","))
    return [one["domain"].lower() for one in found if one]


def _missing(what: str, place: str, count: int) -> Finding:
    if count:
        told = f"there are {count} records: receivers then take none of them (section 6.6.3)"
        return _to_do(what, told, place, _fresh(place), remedy="publish one in place of them all:")
    return _to_do(what, "there is no record, which receivers of much mail ask for", place, _fresh(place))


def _fresh(place: str) -> str:
    return f"v=DMARC1; p=none; rua=mailto:dmarc@{place}"


def _to_do(what: str, told: str, place: str, value: str, *, remedy: str = "publish it") -> Finding:
    record = Record(name=f"_dmarc.{place}", type="TXT", value=value)
    return Finding(what=what, told=told, state=State.TO_DO, remedy=remedy, record=record)


def _fault(tags: dict[str, str]) -> str:
    if tags.get("p", "").lower() not in POLICIES:
        return f"p={tags.get('p', '')} is no policy; there are {', '.join(POLICIES)}"
    if "sp" in tags and tags["sp"].lower() not in POLICIES:
        return f"sp={tags['sp']} is no policy; there are {', '.join(POLICIES)}"
    for name in ("adkim", "aspf"):
        if tags.get(name, "r").lower() not in {"r", STRICT}:
            return f"{name}={tags[name]} is neither r (relaxed) nor s (strict)"
    if not re.fullmatch(r"\d{1,2}|100", tags.get("pct", "100")):
        return f"pct={tags['pct']} is no percentage"
    if any(not REPORTS.fullmatch(one.strip()) for one in tags.get("rua", "").split(",") if one.strip()):
        return f"rua={tags['rua']} is no list of mailto: addresses"
    return ""


def _advice(what: str, place: str, tags: dict[str, str], text: str) -> Iterator[Finding]:
    if "rua" not in tags:
        record = Record(
            name=f"_dmarc.{place}", type="TXT", value=f"{text.rstrip('; ')}; rua=mailto:dmarc@{place}"
        )
        told = "nobody gets its reports, which show who sends in your name"
        yield Finding(what=what, told=told, state=State.HINT, remedy="publish it with:", record=record)
    elif tags["p"].lower() == "none":
        told = "p=none asks receivers to do nothing about forged mail"
        remedy = "once its reports show all of your own mail as aligned, publish p=quarantine, then p=reject"
        yield Finding(what=what, told=told, state=State.HINT, remedy=remedy)


def _reports(facts: DmarcFacts) -> Iterator[Finding]:
    for domain, consents in facts.consents:
        if consents is False:
            name = f"{facts.host}._report._dmarc.{domain}"
            yield Finding(
                what=f"DMARC of {facts.host}",
                told=f"{domain} has not agreed to get its reports, so that none are sent (section 7.1)",
                state=State.HINT,
                remedy=f"whoever runs {domain} publishes:",
                record=Record(name=name, type="TXT", value="v=DMARC1"),
            )


def _alignment(facts: DmarcFacts, tags: dict[str, str]) -> Iterator[Finding]:
    what = f"DMARC alignment of {facts.host}"
    dkim, spf = tags.get("adkim", "r").lower() == STRICT, tags.get("aspf", "r").lower() == STRICT
    signing = [one for one in facts.signing if is_aligned(one, facts.host, strict=dkim)]
    if facts.signing and not signing:
        told = f"d={', '.join(facts.signing)} is not aligned with From's {facts.host}{_by(dkim, 'adkim')}"
        remedy = f"sign with a key of {facts.host}: syndicate dkim new {facts.host}"
        yield Finding(what=what, told=told, state=State.TO_DO, remedy=remedy)
    aligned = is_aligned(facts.envelope, facts.host, strict=spf)
    if not aligned:
        told = f"envelope senders are of {facts.envelope}, not aligned with {facts.host}{_by(spf, 'aspf')}"
        remedy = f"set delivery.bounce_domain to {facts.host} or, where aspf is not s, to a name below it"
        # A signature alone carries DMARC, until somebody on the way changes the mail.
        yield Finding(what=what, told=told, state=State.TO_DO, remedy=remedy)
    if aligned and (signing or not facts.signing):
        by = [f"d={one}" for one in signing] + [f"envelope senders of {facts.envelope}"]
        yield Finding(what=what, told=f"aligned: {', '.join(by)}")


def _by(strict: bool, name: str) -> str:
    return f" ({name}=s asks for the very same)" if strict else ""
