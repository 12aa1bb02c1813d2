"""Column types that take and give the same values on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator
from sqlalchemy import String as SqlString
from sqlalchemy import Text as SqlText


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime in both databases. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} for the database")
        return (
            value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)
        )

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class String(TypeDecorator[str]):
    """A short text. What a database cannot hold (NUL, lone surrogates) becomes U+FFFD."""

    impl = SqlString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store what both databases can hold."""
        return None if value is None else storable(value)


class Text(TypeDecorator[str]):
    """A text of any length. What a database cannot hold (NUL, lone surrogates) becomes U+FFFD."""

    impl = SqlText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Store what both databases can hold."""
        return None if value is None else storable(value)


def storable(value: str) -> str:
    """The text as both databases can hold it."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
