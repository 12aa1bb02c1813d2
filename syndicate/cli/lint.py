"""`syndicate lint`."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import click

from syndicate.cli.fetching import allow_host, fetching
from syndicate.cli.main import DONE, IN_PART, WRONG, Command, Options
from syndicate.cli.session import answer, now, start_log
from syndicate.deliver.lint import lint_mail
from syndicate.deliver.lint_rules import MAIL_RULES
from syndicate.publish.linting import FEED_RULES, Linted, Linting, lint_given

# Word, shape and colour: nobody has to see the colour.
SHAPES = {"error": ("✗", "red"), "warning": ("▲", "yellow"), "hint": ("·", "cyan")}
WIDTH = 96
BEFORE_CARET = 40
KEYS = ("severity", "rule", "line", "message", "spec", "column", "mend")


@click.command(cls=Command)
@click.argument("given", nargs=-1, metavar="FILE-or-URL...")
@click.option("--rules", is_flag=True, help="List all rules, with what each demands.")
@click.option("--strict", is_flag=True, help="Let warnings count as errors do.")
@click.option("--no-hints", is_flag=True, help="Leave hints out.")
@allow_host
@click.pass_obj
def lint(options: Options, /, given: tuple[str, ...], **how: Any) -> int:
    """Check a feed, a list of feeds or a mail by named rules, and say how to mend what is wrong.

    Reads RSS, Atom, JSON Feed, ninjs, OPML and mail: the content decides. Reads .gz too, and - for standard
    input; an address is fetched twice, to see whether it answers 304. Stores nothing and needs no
    configuration. Ends with 0 when there is no error, 1 when there is one, 2 when something cannot be read.

    \b
    Examples:
      syndicate lint https://courier.example/feed.xml
      syndicate lint --strict public/feeds/*.rss
      syndicate lint --json feed.json | jq '.[].rule'
    """
    if how["rules"]:
        answer(options, [_rule_keys(each) for each in _rules()], _tell_rules)
        return DONE
    if not given:
        raise click.UsageError("Name a file or an address, or ask for --rules.")
    start_log(level=logging.ERROR)
    settings, site = fetching(options, how["allowed"])
    linting = Linting(settings=settings, site=site, now=now, lint_mail=lint_mail)
    found = asyncio.run(_all(given, linting))
    shown = {"error", "warning"} | (set() if how["no_hints"] else {"hint"})
    rows = [row for one in found for row in _rows(one, shown)]
    answer(options, rows, lambda: _tell_all(found, options, shown=shown))
    if options.json or options.quiet:
        for one in found:
            _tell_unreadable(one)
    return _code(found, strict=how["strict"])


async def _all(given: Sequence[str], linting: Linting) -> list[Linted]:
    return [one async for one in lint_given(given, linting)]


def _code(found: Sequence[Linted], *, strict: bool) -> int:
    if any(one.report.unreadable for one in found):
        return WRONG
    counted = {"error", "warning"} if strict else {"error"}
    return IN_PART if any(each.severity in counted for one in found for each in one.report.findings) else DONE


def _rows(one: Linted, shown: set[str]) -> list[dict[str, Any]]:
    findings = (each for each in one.report.findings if each.severity in shown)
    return [{key: getattr(each, key) for key in KEYS} | {"file": one.name} for each in findings]


def _tell_all(found: Sequence[Linted], options: Options, *, shown: set[str]) -> None:
    if options.quiet:
        return
    for one in found:
        if one.report.unreadable:
            _tell_unreadable(one)
            continue
        _tell(one, shown)


def _tell_unreadable(one: Linted) -> None:
    if not one.report.unreadable:
        return
    click.echo(f"{one.name}: {one.report.unreadable}", err=True)
    for url in one.report.offers:
        click.echo(f"  it names this feed: {url}", err=True)


def _tell(one: Linted, shown: set[str]) -> None:
    report = one.report
    entries = "" if report.entries == 1 else f", {report.entries} entries"
    click.secho(f"{one.name}: {report.kind}{entries}", bold=True)
    for each in report.findings:
        if each.severity in shown:
            _tell_finding(one, each)
    counts = Counter(str(each.severity) for each in report.findings)
    told = ", ".join(_counted(counts[name], name) for name in SHAPES if counts[name] and name in shown)
    click.echo(f"{told or 'Nothing to find fault with'}.\n")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _tell_finding(one: Linted, finding: Any) -> None:
    shape, colour = SHAPES[finding.severity]
    place = f"line {finding.line}" if finding.line else ""
    place += f", column {finding.column}" if finding.column else ""
    head = click.style(f"{shape} {finding.severity}", fg=colour, bold=True)
    click.echo(f"\n{head} {finding.rule}{f' ({place})' if place else ''}")
    _tell_wrapped("  ", finding.message)
    _tell_line(one.line(finding.line), finding.column)
    if finding.mend:
        _tell_wrapped("  Mend: ", finding.mend)
    click.echo(f"  See:  {finding.spec}")


def _tell_line(line: str, column: int) -> None:
    """The line, cut around the place, with a caret below where the place in it is known."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in line.expandtabs(1))
    start = max(0, column - 1 - BEFORE_CARET) if len(shown) > WIDTH else 0
    shown = shown[start : start + WIDTH]
    if not shown.strip():
        return
    click.echo(click.style(f"  | {shown}", dim=True))
    # A caret below right-to-left text would point at something else.
    if column and shown.isascii():
        click.echo(click.style(f"  | {' ' * (column - 1 - start)}^", dim=True))


def _rules() -> list[Any]:
    return [*FEED_RULES.values(), *MAIL_RULES.values()]


def _rule_keys(rule: Any) -> Mapping[str, str]:
    return {
        key: getattr(rule, "name" if key == "rule" else key)
        for key in ("rule", "severity", "demands", "why", "mend", "spec")
    }


def _tell_rules() -> None:
    for each in _rules():
        shape, colour = SHAPES[each.severity]
        click.echo(f"{click.style(f'{shape} {each.severity:<7}', fg=colour)} {each.name}")
        _tell_wrapped(" " * 10, each.demands)


def _tell_wrapped(lead: str, text: str) -> None:
    """A text below its beginning; what has no blanks, such as an address, stays whole."""
    lines = wrap(text, WIDTH - len(lead), break_long_words=False, break_on_hyphens=False) or [""]
    click.echo(lead + f"\n{' ' * len(lead)}".join(lines))
