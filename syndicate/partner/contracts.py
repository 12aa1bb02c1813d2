"""What a contract says of an item: released, or withheld and why. Pure: no clock, no database.

Each rule is a named function in a table; docs/reference/partners.md explains every one.
"""

from dataclasses import dataclass

from syndicate.formats.entry import is_url
from syndicate.model.feed import EntryView
from syndicate.model.item import Item, ItemState
from syndicate.model.language import matches
from syndicate.model.partner import TAKE_WHOLE
from syndicate.model.source import Publish
from syndicate.partner.profiles import PROFILES
from syndicate.partner.rules import EVERY_CONTRACT, Case, Objection, Reason, Rule, reasons
from syndicate.partner.timing import aged_at, folded, latest_publication, released_at
from syndicate.publish.notice import CLASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """An item that goes out, as it goes out."""

    item: Item
    view: EntryView


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An item that stays out, with every reason there is."""

    item: Item
    title: str
    reasons: tuple[Reason, ...]


def decide(case: Case) -> Released | Withheld:
    """Whether the contract lets the item go out as `case.view`; every rule is asked."""
    found = reasons(CONTRACT_RULES + PROFILES[case.partner.profile].rules, case)
    if found:
        return Withheld(item=case.item, title=case.view.title, reasons=found)
    return Released(item=case.item, view=case.view)


def _live(case: Case) -> Objection | None:
    if case.item.state is ItemState.LIVE:
        return None
    return Objection(why="it was withdrawn", remedy="syndicate item restore, if that was an error")


def _publishable(case: Case) -> Objection | None:
    if not is_url(case.view.url):
        return Objection(
            why=f"its address {case.view.url[:200]!r} is not http or https", remedy="mend its source"
        )
    if not case.view.title.strip():
        return Objection(why="it has neither a headline nor a text", remedy="mend the source's selectors")
    return None


def _rights(case: Case) -> Objection | None:
    profile = PROFILES[case.partner.profile]
    if case.partner.profile not in TAKE_WHOLE or case.allowed is Publish.FULL:
        return None
    source = case.item.provenance.source
    return Objection(
        why=f"{profile.title} takes whole articles; the rights of source {source} let out a {case.allowed}",
        remedy=f'publish = "full" in rights of [sources.{source}], if you hold them; or another profile',
    )


def _embargo(case: Case) -> Objection | None:
    until = released_at(case.item, case.partner, held_until=case.held_until)
    if case.now >= until:
        return None
    if case.held_until == until:
        remedy = f"syndicate partner embargo {case.item.id} --lift"
        return Objection(why="the operator holds it back", remedy=remedy, until=until)
    early = until == latest_publication(case.item)
    why = "its page dates it in the future" if early else "the contract's embargo is not over"
    return Objection(why=why, remedy="it goes out by itself then", until=until)


def _section(case: Case) -> Objection | None:
    partner, section = case.partner, case.item.content.section
    named = f"section {section}" if section else "an item without a section"
    if partner.sections and folded(section) not in map(folded, partner.sections):
        return Objection(
            why=f"the contract has no {named}"
            if section
            else f"the contract has sections, and this is {named}",
            remedy=f"add it to sections of [partners.{partner.name}]"
            if section
            else "mend the source's selectors",
        )
    if section and folded(section) in map(folded, partner.exclude_sections):
        remedy = f"take it from exclude_sections of [partners.{partner.name}]"
        return Objection(why=f"the contract excludes {named}", remedy=remedy)
    return None


def _language(case: Case) -> Objection | None:
    partner, language = case.partner, case.view.language
    if not partner.languages or any(matches(language, wanted) for wanted in partner.languages):
        return None
    return Objection(
        why=f"the contract has no language {language}",
        remedy=f"add it to languages of [partners.{partner.name}]",
    )


def _kind(case: Case) -> Objection | None:
    partner, kind = case.partner, case.item.kind
    if not partner.kinds or kind in partner.kinds:
        return None
    return Objection(
        why=f"the contract has no {kind}s", remedy=f"add it to kinds of [partners.{partner.name}]"
    )


def _age(case: Case) -> Objection | None:
    limit = case.partner.max_age
    if limit is None:
        return None
    aged = aged_at(case.item, limit)
    if aged is None:
        return Objection(
            why="its date of publication is unknown, and the contract limits the age",
            remedy="syndicate item correct, if you know the date",
        )
    if case.now < aged:
        return None
    return Objection(
        why=f"it is older than {limit.days} days" if limit.days else f"it is older than {limit}",
        remedy=f"raise max_age of [partners.{case.partner.name}], if the contract allows it",
    )


def _notice(case: Case) -> Objection | None:
    # The transforms keep it; whoever adds one that does not is stopped here.
    if case.view.notice is None or f'class="{CLASS}"' in case.view.content_html:
        return None
    return Objection(why="its archive notice was lost on the way", remedy="this is a fault of the program")


CONTRACT_RULES: tuple[Rule, ...] = (
    Rule(name="live", demands="the item is not withdrawn", spec=EVERY_CONTRACT, check=_live),
    Rule(
        name="publishable",
        demands="it has a web address and a headline or text",
        spec=EVERY_CONTRACT,
        check=_publishable,
    ),
    Rule(
        name="rights",
        demands="where the profile takes whole articles, the source's rights allow that",
        spec="the source's rights",
        check=_rights,
    ),
    Rule(
        name="embargo",
        demands="the delays of the contract and of the item's section, and the operator's word, are over",
        spec="contract: embargo, embargoes",
        check=_embargo,
    ),
    Rule(
        name="section",
        demands="the item's section is allowed and not excluded",
        spec="contract: sections, exclude_sections",
        check=_section,
    ),
    Rule(name="language", demands="its language is allowed", spec="contract: languages", check=_language),
    Rule(name="kind", demands="its kind is allowed", spec="contract: kinds", check=_kind),
    Rule(name="age", demands="its date is known, and not too long ago", spec="contract: max_age", check=_age),
    Rule(name="notice", demands="an archived item carries its notice", spec=EVERY_CONTRACT, check=_notice),
)
