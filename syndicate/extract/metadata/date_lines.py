"""Lines that are nothing but a date: what stands over a brief, and is no part of what it says."""

import re
from functools import cache, lru_cache

from syndicate.formats.clock import TIME
from syndicate.formats.dates import ambiguous_date
from syndicate.formats.days import days_in
from syndicate.formats.months import fold, month_pattern

LONGEST = 90
DIGIT = re.compile(r"\d")
WEEKDAYS = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)s?"
    r"|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"|(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
    r"|(?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)"
    r"|(?:pazartesi|sali|carsamba|persembe|cuma|cumartesi|pazar)"
    r"|(?:(?:یک|دو|سه|چهار|پنج) ?)?شنبه|جمعه|ادینه"
    r"|(?:یوم )?(?:الاحد|الاثنین|الثلاثا|الثلاثاء|الاربعا|الاربعاء|الخمیس|الجمعه|السبت)"
)
# What is said of a date, and stands between its parts.
SAID = (
    r"(?:first )?(?:posted|published|filed|publication date|issued|updated|last (?:updated|modified)|date"
    r"|created)"
    r"|(?:veroffentlicht|erschienen|aktualisiert|stand|datum|gemeldet)(?: am)?"
    r"|(?:publiee?|mise? (?:en ligne|a jour)|paru|poste|modifiee?)(?: le)?"
    r"|(?:publicad[oa]|actualizad[oa]|fecha)(?: el)?|(?:опубликован[оа]?|обновлен[оа]?|размещено|дата)"
    r"|(?:yayin(?:lanma)?(?: tarihi)?|yayinlandi|guncellen(?:me|di)|eklenme(?: tarihi)?|tarih|giris)"
    r"|(?:تاریخ(?: (?:انتشار|درج|خبر|النشر))?|منتشر شده|انتشار|نشر(?: فی)?|تم النشر(?: فی)?)"
    r"|at|on|the|of|am|um|uhr|kl|den|vom|der|le|a|il|del?|el|los?|las?|h|hrs?|г(?:ода)?|в|на|от"
    r"|saat|gunu|tarihinde|ساعت|در|به وقت|سال|الساعه|فی|ه|م|ش|ق|هـ"
)
BESIDES = re.compile(rf"(?<!\w)(?:{SAID}|{WEEKDAYS})(?!\w)")


@lru_cache(maxsize=2048)
def is_date_line(text: str) -> bool:
    """Whether a whole line is a date, or a day without its year, with what is said of it."""
    if len(text) > LONGEST or not DIGIT.search(text):
        return False
    folded = fold(text)
    rest, days = folded, days_in(folded, "")
    for day in reversed(days):
        rest = f"{rest[: day.start]} {rest[day.end :]}"
    if not days:
        two_meanings = ambiguous_date(text)
        rest = rest.replace(two_meanings, " ") if two_meanings else _day_of_a_year().sub(" ", rest)
    if rest == folded:
        return False
    rest = BESIDES.sub(" ", TIME.sub(" ", rest))
    return not any(character.isalnum() for character in rest)


@cache
def _day_of_a_year() -> re.Pattern[str]:
    month = month_pattern()
    return re.compile(
        rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s*(?:de |of )?(?:{month})"
        rf"|(?:{month})\.?\s*\d{{1,2}}(?:st|nd|rd|th)?)(?!\w)"
    )
