"""What reprocessing came to, for whoever asked for it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from syndicate.collect.diff import Change, compare
from syndicate.collect.kept.renewal import Renewal
from syndicate.collect.selector_matches import Matching
from syndicate.formats.html import truncate_words
from syndicate.model.item import Item
from syndicate.store.raw_pages import RawPage

# Of so many items a report says what changed; it counts all.
MOST_TOLD = 500
TITLE_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What became of an item: `new`, `changed`, `restated` (its archive notice) or `missing`; and in what."""

    item: str
    what: str
    title: str
    url: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessReport:
    """What reading a source's kept pages again brought. `pages` were looked at now, `earlier` in a run that
    was broken off; of `gone` ones the bytes are no longer kept; `failed` ones could not be read.

    `missing` counts items that are found in their page no more; they stay. `told` has them, and what changed,
    up to 500; `fields` counts all changes by field. `errors` are selectors that matched nothing anywhere.
    """

    source: str
    dry_run: bool = False
    pages: int = 0
    earlier: int = 0
    gone: int = 0
    failed: int = 0
    new: int = 0
    changed: int = 0
    restated: int = 0
    unchanged: int = 0
    missing: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Renewed, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some pages of a run and what they came to; `read` are the hashes of those that could be read.

    `matching` says how the source's selectors fared on them.
    """

    pages: Sequence[RawPage]
    read: frozenset[str] = frozenset()
    gone: int = 0
    failed: tuple[str, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    matching: Matching = field(default_factory=Matching)


def added(report: ReprocessReport, part: Part) -> ReprocessReport:
    """The report with one part more."""
    plans = [renewal.plan for renewal in part.renewals]
    told = [one for renewal in part.renewals for one in _told(renewal)]
    fields = Counter(report.fields) + Counter(change.field for one in told for change in one.changes)
    return replace(
        report,
        pages=report.pages + len(part.pages),
        gone=report.gone + part.gone,
        failed=report.failed + len(part.failed),
        new=report.new + sum(len(plan.new) for plan in plans),
        changed=report.changed + sum(len(plan.revised) for plan in plans),
        restated=report.restated + sum(one.what == "restated" for one in told),
        unchanged=report.unchanged + sum(plan.unchanged for plan in plans),
        missing=report.missing + sum(one.what == "missing" for one in told),
        fields=dict(fields),
        told=(*report.told, *told)[:MOST_TOLD],
        warnings=(*report.warnings, *part.failed, *(said for plan in plans for said in plan.warnings)),
    )


def without_met(report: ReprocessReport, met: AbstractSet[str]) -> ReprocessReport:
    """The report without what one page lacks and another one has."""
    told = tuple(one for one in report.told if one.what != "missing" or one.item not in met)
    return replace(report, told=told, missing=report.missing - (len(report.told) - len(told)))


def _told(renewal: Renewal) -> Iterator[Renewed]:
    for saving in renewal.plan.new:
        yield _one("new", saving.item)
    for saving in renewal.plan.revised:
        before = renewal.before[saving.item.id]
        changes = compare(before.content, saving.item.content)
        yield replace(_one("changed", saving.item), changes=(*changes, *_notice(before, saving.item)))
    for saving in renewal.plan.restated:
        before = renewal.before[saving.item.id]
        if before != saving.item:
            yield replace(_one("restated", saving.item), changes=_notice(before, saving.item))
    for item in renewal.missing:
        yield _one("missing", item)


def _one(what: str, item: Item) -> Renewed:
    title = item.content.headline or truncate_words(item.content.body_text, TITLE_WORDS)
    return Renewed(item=item.id, what=what, title=title, url=item.content.url)


def _notice(before: Item, after: Item) -> tuple[Change, ...]:
    was, now = (_said(item) for item in (before, after))
    return (Change(field="archive notice", before=was, after=now),) if was != now else ()


def _said(item: Item) -> str:
    if item.page_notice is not None:
        return item.page_notice.text
    return "archived" if item.archived else ""
