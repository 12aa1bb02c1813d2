"""The finisher: looks at a feed's bytes, as a reader will, before they become visible."""

from syndicate.formats.lint import Finding, check

__all__ = ["Finding", "check"]
