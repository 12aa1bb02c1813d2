"""Mail that came back, read: bytes → reports."""

from syndicate.deliver.bounce.report import Kind, Report


def read_reports(data: bytes) -> tuple[Report, ...]:
    """What a mail says of each recipient; one report of kind `other` if nothing. Never raises."""
    return (Report(kind=Kind.OTHER),)
