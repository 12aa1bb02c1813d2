"""How often a newsletter comes, in words."""

from datetime import date, timedelta

from babel.dates import format_date

from syndicate.formats.dates import people_digits, people_locale
from syndicate.model.cadence import Cadence, Fields, parse_cron
from syndicate.model.language import enumerated
from syndicate.templating import words

# A Sunday, since a cron expression counts weekdays from there.
SUNDAY = date(2023, 1, 1)
EVERY_MONTH = 12
EVERY_WEEKDAY = 7


def describe_cadence(cadence: Cadence, language: str) -> str:
    """One line: every day, on some weekdays, monthly; what is stranger than that is “regularly”."""
    fields = parse_cron(cadence.cron)
    said = words(language)
    time = f"{fields.hours[0]:02}:{fields.minutes[0]:02}"
    zone = cadence.zone.replace("_", " ")
    if len(fields.hours) != 1 or len(fields.minutes) != 1 or len(fields.months) != EVERY_MONTH:
        return said["web_irregular"].format(zone=zone)
    if fields.any_day and len(fields.weekdays) == EVERY_WEEKDAY:
        line = said["web_every_day"].format(time=time, zone=zone)
    elif fields.any_day:
        line = said["web_on_days"].format(days=_weekdays(fields, language), time=time, zone=zone)
    elif fields.any_weekday and len(fields.days) == 1:
        line = said["web_monthly"].format(day=min(fields.days), time=time, zone=zone)
    else:
        return said["web_irregular"].format(zone=zone)
    return people_digits(line, language)


def _weekdays(fields: Fields, language: str) -> str:
    locale = people_locale(language)
    names = [
        format_date(SUNDAY + timedelta(days=day), "EEEE", locale=locale) for day in sorted(fields.weekdays)
    ]
    line = enumerated(names, language)
    return line[:1].upper() + line[1:]
