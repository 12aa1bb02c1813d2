"""Tables become values: every field of a dataclass is a setting, and every fault is kept for the end."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from syndicate.config.rules import LONGEST, SPANS, duration_fault, number_fault, text_fault
from syndicate.config.spelling import closest, listed, shown
from syndicate.errors import Fault
from syndicate.model.cadence import Cadence
from syndicate.model.feed import Selection

T = TypeVar("T")

# Their fields stand in the table of what has them: `take` is a setting of a feed, not of its selection.
FLAT = (Selection, Cadence)
RENAMED = {"cron": "cadence", "zone": "timezone"}
# What the program sets itself: the table's own name, and what the relay's host tells.
DERIVED = {
    "Source.name",
    "Feed.name",
    "Newsletter.name",
    "OldSite.key",
    "Partner.name",
    "Relay.name",
    "Relay.at",
    "Relay.local",
    "Dkim.at",
}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
EXAMPLES = {
    "feeds": 'the feeds that the partner gets: ["english"]',
    "cadence": 'five cron fields: "0 7 * * *"',
    "kind": '"page", "listing", "feed", "sitemap", "files", "warc" or "wayback"',
    "name": 'a name in quotes: "Harbour Courier"',
    "address": '"news@courier.example"',
    "sections": "at least one [[newsletters.NAME.sections]] with a title",
    "sender": '{ name = "Harbour Courier", address = "news@courier.example" }',
    "title": 'a title in quotes: "Morning news"',
}


class Wrong(ValueError):
    """A value of the wrong kind; the text says what would be right."""


class FromEnvironment(str):
    """A value that an environment variable set over the file's."""

    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as people write it."""

    name: str
    hint: Any
    field: Field[Any]


def settings_of(cls: type) -> Iterator[Setting]:
    """The settings that a table for `cls` may hold, flattened as they are written."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        if f"{cls.__name__}.{field.name}" in DERIVED:
            continue
        if hints[field.name] in FLAT:
            yield from settings_of(hints[field.name])
            continue
        yield Setting(name=RENAMED.get(field.name, field.name), hint=hints[field.name], field=field)


class Reading:
    """Makes values of tables. A faulty value is told and replaced, so that the reading goes on to the end."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def tell(self, key: str, value: Any, right: str) -> None:
        """Keep one fault; `value` MISSING stands for none."""
        if isinstance(value, FromEnvironment):
            key = f"{key} (from {value.variable})"
        self.faults.append(Fault(key=key, value="" if value is MISSING else shown(key, value), right=right))

    def read(self, cls: type[T], table: Any, at: str, **given: Any) -> T:
        """One table as a value of `cls`; `given` are fields that the program sets itself."""
        if not isinstance(table, dict):
            self.tell(at, table, f"must be a table: [{at}]")
            table = {}
        known = [setting.name for setting in settings_of(cls)]
        for key in table.keys() - set(known):
            near = closest(key, known) or f"; there are {listed(known)}"
            self.tell(_join(at, key), table[key], f"is no setting of {at or 'the file'}{near}")
        return self._build(cls, table, at, given)

    def _build(self, cls: type[T], table: Mapping[str, Any], at: str, given: Mapping[str, Any]) -> T:
        values = dict(given)
        for name, hint in get_type_hints(cls).items():
            if hint in FLAT:
                values[name] = self._build(hint, table, at, {})
        for setting in settings_of(cls):
            if setting.field.name in cast(Any, cls).__dataclass_fields__ and setting.field.name not in values:
                values[setting.field.name] = self._field(setting, table, _join(at, setting.name))
        return cls(**values)

    def _field(self, setting: Setting, table: Mapping[str, Any], key: str) -> Any:
        if setting.name not in table:
            if _required(setting.field):
                self.tell(key, MISSING, f"is missing; it takes {EXAMPLES.get(setting.name, 'a value')}")
            return _fallback(setting)
        value = table[setting.name]
        try:
            return self._convert(setting.hint, value, key)
        except Wrong as wrong:
            self.tell(key, value, str(wrong))
            return _fallback(setting)

    def _convert(self, hint: Any, value: Any, key: str) -> Any:
        inner = [kind for kind in get_args(hint) if kind is not NoneType]
        if is_dataclass(hint):
            return self.read(cast(type, hint), value, key)
        if get_origin(hint) is tuple:
            return tuple(self._elements(inner[0], value, key))
        if get_origin(hint) is Mapping:
            return self._mapping(get_args(hint)[1], value, key)
        if NoneType in get_args(hint):
            return self._convert(inner[0], value, key)
        named = SPANS.get(key.split(".")[-1])
        converted = _span(value, named) if named else _scalar(hint, value)
        if fault := _judge(converted, key):
            raise Wrong(fault)
        return converted

    def _elements(self, hint: Any, value: Any, key: str) -> Iterator[Any]:
        if isinstance(value, FromEnvironment):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list):
            raise Wrong(
                "must be a list in brackets: " + ("[[…]] tables" if is_dataclass(hint) else '["…", "…"]')
            )
        for place, element in enumerate(value, start=1):
            at = f"{key}[{place}]"
            try:
                yield self._convert(hint, element, at)
            except Wrong as wrong:
                self.tell(at, element, str(wrong))

    def _mapping(self, hint: Any, value: Any, key: str) -> dict[str, Any]:
        return self._texts(value, key) if hint is str else self._durations(value, key)

    def _durations(self, value: Any, key: str) -> dict[str, timedelta]:
        if not isinstance(value, dict):
            raise Wrong('must be a table of durations: { Islands = "2d" }')
        found = {}
        for name, text in value.items():
            try:
                found[name] = _duration(text)
            except Wrong as wrong:
                self.tell(_join(key, name), text, str(wrong))
        return found

    def _texts(self, value: Any, key: str) -> dict[str, str]:
        if not isinstance(value, dict):
            raise Wrong('must be a table of texts: { en = "…", fa = "…" }')
        for name in [name for name, text in value.items() if not isinstance(text, str)]:
            self.tell(_join(key, name), value[name], "must be a text in quotes")
        return {name: str(text) for name, text in value.items()}


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _fallback(setting: Setting) -> Any:
    field = setting.field
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    return _placeholder(setting.hint)


def _placeholder(hint: Any) -> Any:
    """Something of the right type in place of a required value that is missing; never gets out of load()."""
    if get_origin(hint) is tuple:
        return ()
    if is_dataclass(hint):
        return cast(Any, hint)(**{s.field.name: _fallback(s) for s in settings_of(cast(type, hint))})
    if issubclass(hint, StrEnum):
        return next(iter(hint))
    return hint()


def _judge(value: Any, key: str) -> str:
    if isinstance(value, StrEnum | bool | date):
        return ""
    if isinstance(value, timedelta):
        return duration_fault(key, value)
    return text_fault(key, value) if isinstance(value, str) else number_fault(key, value)


def _scalar(hint: Any, value: Any) -> Any:
    if hint is timedelta:
        return _duration(value)
    if hint is float:
        return _duration(value, bare=True).total_seconds()
    if hint is bool:
        return _truth(value)
    if hint is int:
        return _whole(value)
    if hint is date:
        return _day(value)
    if not isinstance(value, str):
        raise Wrong("must be a text in quotes")
    if hint is str:
        return str(value)
    try:
        return hint(value)
    except ValueError:
        members = [member.value for member in hint]
        raise Wrong(f"is none of {', '.join(members)}{closest(value, members)}") from None


def _truth(value: Any) -> bool:
    if isinstance(value, FromEnvironment) and value.lower() in TRUTH:
        return TRUTH[value.lower()]
    if not isinstance(value, bool):
        raise Wrong("must be true or false, without quotes")
    return value


def _day(value: Any) -> date:
    if isinstance(value, FromEnvironment):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Wrong("must be a day without quotes: 2019-05-03")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, FromEnvironment) and value.isdecimal():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("must be a whole number, without quotes")
    return value


def _duration(value: Any, *, bare: bool = False) -> timedelta:
    """`"15m"`, `"1h"`; with `bare` a number of seconds too."""
    if bare and isinstance(value, int | float) and not isinstance(value, bool):
        return _at_most(value)
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found or (not bare and float(found[1]) == 0):
        raise Wrong('must be a duration in quotes: "30s", "15m", "1h" or "2d"')
    return _at_most(float(found[1]) * SECONDS[found[2]])


def _span(value: Any, named: Mapping[str, timedelta]) -> timedelta:
    """A duration, or a word that stands for one."""
    if isinstance(value, str) and value in named:
        return named[value]
    try:
        return _duration(value)
    except Wrong as wrong:
        raise Wrong(f"{wrong}; or one of {listed(named)}") from None


def _at_most(seconds: float) -> timedelta:
    # The other way round, what is not a number would pass.
    if not abs(seconds) <= LONGEST.total_seconds():
        raise Wrong(f"must be a duration of at most {LONGEST.days} days")
    return timedelta(seconds=seconds)
