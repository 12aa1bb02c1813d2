"""The named rules that feeds keep: ours before they become visible, and anyone's (docs/reference/lint.md)."""

from syndicate.formats.lint.check import check, check_entry, check_frame
from syndicate.formats.lint.finding import Finding, Severity
from syndicate.formats.lint.report import Report, lint

__all__ = ["Finding", "Report", "Severity", "check", "check_entry", "check_frame", "lint"]
