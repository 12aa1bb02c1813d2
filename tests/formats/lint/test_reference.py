"""Every rule stands in the reference as it is, and the reference names no other."""

import re

from syndicate.deliver.lint_rules import MAIL_RULES
from syndicate.formats.lint.tables import RULES
from tests.formats.lint.reference import FILE, reference


def test_the_reference_says_what_the_rules_say() -> None:
    """If not: python -m tests.formats.lint.reference"""
    assert FILE.read_text("utf-8") == reference()


def test_the_reference_names_every_rule_and_no_other() -> None:
    named = set(re.findall(r"^### `([\w-]+)`$", FILE.read_text("utf-8"), re.MULTILINE))
    assert named == RULES.keys() | MAIL_RULES.keys()


def test_every_rule_says_what_why_how_and_where_from() -> None:
    for rule in (*RULES.values(), *MAIL_RULES.values()):
        assert rule.demands.endswith("."), rule.name
        assert rule.why.endswith((".", "?")), rule.name
        assert len(rule.mend) > 5, rule.name
        assert rule.spec.startswith(("https://", "http://", "docs/")), rule.name


def test_no_two_rules_have_one_name() -> None:
    from syndicate.formats.lint.tables import TABLES

    checks: dict[str, set[object]] = {}
    for table in TABLES.values():
        for rule in (*table.frame, *table.entry, *table.across):
            checks.setdefault(rule.name, set()).add(rule.demands)
    assert {name for name, demands in checks.items() if len(demands) > 1} == set()
