"""What a check of a source brought, for whoever asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syndicate.collect.health.coverage import joined
from syndicate.collect.images import Illustrated
from syndicate.collect.interpret import Gathered
from syndicate.collect.saving import Outcome, Saved
from syndicate.collect.withheld import told_of
from syndicate.model.item import Candidate, ItemKind
from syndicate.model.source import Source, SourceKind
from syndicate.store.coverage import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """What a check brought: items that are new, changed or unchanged; pages that failed, or are held until
    the next check. A page that was not read again, since it is as it was, counts as one unchanged.

    `coverage` is how much was found on the pages that were read; `alarms` say what needs a person since this
    check, `well` what does no more. When the source as a whole fails, `errors` says why; what was found
    before that is kept, and all else is left as it was.
    """

    source: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    held: int = 0
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    next_check: datetime | None = None
    coverage: Coverage | None = None
    alarms: tuple[str, ...] = ()
    well: tuple[str, ...] = ()


def added(before: RefreshReport | None, now: RefreshReport) -> RefreshReport:
    """The report of two parts of one check."""
    if before is None:
        return now
    return RefreshReport(
        source=now.source,
        new=before.new + now.new,
        changed=before.changed + now.changed,
        unchanged=before.unchanged + now.unchanged,
        failed=before.failed + now.failed,
        held=before.held + now.held,
        warnings=before.warnings + now.warnings,
        errors=before.errors + now.errors,
        next_check=now.next_check,
        coverage=joined(before.coverage, now.coverage) if now.coverage else before.coverage,
        alarms=before.alarms + now.alarms,
        well=before.well + now.well,
    )


def report_of(
    gathered: Gathered, illustrated: Illustrated, *, saved: Saved, outcome: Outcome, source: Source
) -> RefreshReport:
    """The report of what was saved at one time."""
    plan = saved.plan
    # How the selectors fared is known at the end alone.
    unmatched = gathered.matching.errors(source) if outcome.end else ()
    selecting = gathered.matching.warnings() if outcome.end else ()
    waiting = [f"{put_off.count} pages put off: {put_off.why}" for put_off in gathered.put_off]
    return RefreshReport(
        source=source.name,
        new=len(plan.new),
        changed=len(plan.revised),
        unchanged=plan.unchanged
        + plan.alike
        + sum(not same.own or _is_page(source) for same in gathered.same),
        failed=len(gathered.failed),
        held=sum(put_off.count for put_off in gathered.put_off) + _articles(saved.held),
        warnings=(
            *gathered.warnings,
            *plan.warnings,
            *told_of(saved.held),
            *illustrated.warnings,
            *waiting,
            *selecting,
        ),
        errors=(*(str(failed.error) for failed in gathered.failed), *unmatched),
        next_check=outcome.end.due.at if outcome.end else None,
        coverage=outcome.run and replace(outcome.run, new=len(plan.new)),
        alarms=tuple(alarm.said for alarm in saved.recorded.raised),
        well=tuple(alarm.said for alarm in saved.recorded.ended),
    )


def _articles(candidates: Sequence[Candidate]) -> int:
    return sum(candidate.kind is ItemKind.ARTICLE for candidate in candidates)


def _is_page(source: Source) -> bool:
    return source.kind is SourceKind.PAGE
