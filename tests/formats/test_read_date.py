"""Dates as pages write them: three calendars, three scripts of digits, many languages; never one invented."""

from datetime import UTC, date, datetime, timedelta, timezone

import jdatetime
import pytest
from hijridate import Gregorian
from hypothesis import given
from hypothesis import strategies as st

from syndicate.formats.dates import ambiguous_date, for_people, read_date, rfc822, rfc3339
from syndicate.formats.months import month_numbers
from syndicate.model.item import Timestamp

EN, RU, TR, DE, FR, ES = (
    "Europe/London",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
)
TEHRAN, KABUL = "Asia/Tehran", "Asia/Kabul"


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("۲۴ مهر ۱۳۹۸ - ۱۷:۳۰", TEHRAN, "2019-10-16T17:30:00+03:30"),
        ("17:30 - ۲۴ مهر ۱۳۹۸", TEHRAN, "2019-10-16T17:30:00+03:30"),
        ("24 مهر 1398", "", "2019-10-16"),
        ("٢٤ مهر ١٣٩٨", "", "2019-10-16"),
        ("دوشنبه ۱۲ اسفند ۱۳۹۸ ساعت ۱۴:۰۵ به وقت تهران", "", "2020-03-02T14:05:00+03:30"),
        ("۱۲ اسفند ۱۳۹۸ ۱۴:۰۵ به وقت کابل", "", "2020-03-02T14:05:00+04:30"),
        ("۱۲ اسفند ماه سال ۱۳۹۸", "", "2020-03-02"),
        ("۱۲ اسفندماه ۱۳۹۸", "", "2020-03-02"),
        ("۱۲ اسفند ۱۳۹۸، ۲:۰۵ بعد از ظهر", TEHRAN, "2020-03-02T14:05:00+03:30"),
        ("۱۲ اسفند ۱۳۹۸، ۲:۰۵ ب.ظ", TEHRAN, "2020-03-02T14:05:00+03:30"),
        ("۱۲ اسفند ۱۳۹۸، ۹:۳۰ صبح", TEHRAN, "2020-03-02T09:30:00+03:30"),
        ("۳۰ اسفند ۱۳۹۹", "", "2021-03-20"),
        ("۱ فروردین ۱۴۰۰", "", "2021-03-21"),
        ("۱۲ حوت ۱۳۹۸", "", "2020-03-02"),
        ("۱۲ حمل ۱۳۹۸", "", "2019-04-01"),
        ("شنبه ۷ ثور ۱۳۹۸، ۰۸:۱۵", KABUL, "2019-04-27T08:15:00+04:30"),
        ("۷ غویی ۱۳۹۸", "", "2019-04-27"),
        ("۱۲ كانون الثانى ۲۰۲۰", "", "2020-01-12"),
        ("12 Esfand 1398", "", "2020-03-02"),
        ("۱۳۹۸/۱۲/۱۲ ۱۴:۰۵", TEHRAN, "2020-03-02T14:05:00+03:30"),
        ("1398/12/12 هجری شمسی", "", "2020-03-02"),
        ("۲ مارس ۲۰۲۰", "", "2020-03-02"),
        ("۲ ژوئیه ۲۰۲۰", "", "2020-07-02"),
        ("۲ جولای ۲۰۲۰", "", "2020-07-02"),
    ],
)
def test_solar_dates_and_persian_pages(text: str, zone: str, wanted: str) -> None:
    assert str(read_date(text, zone=zone)) == wanted


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("23 رجب 1441 هـ", "", "2020-03-18"),
        ("٢٣ رجب ١٤٤١", "", "2020-03-18"),
        ("23/7/1441 هـ", "", "2020-03-18"),
        ("1441/07/23 ق", "", "2020-03-18"),
        ("7 Rajab 1441 AH", "", "2020-03-02"),
        ("7 Recep 1441", "", "2020-03-02"),
        ("۷ رجب‌المرجب ۱۴۴۱", "", "2020-03-02"),
        ("1 محرم 1442", "", "2020-08-20"),
        ("15 ربيع الأول 1441", "", "2019-11-12"),
        ("15 ربيع الآخر 1441", "", "2019-12-12"),
        ("10 جمادى الأولى 1441", "", "2020-01-05"),
        ("10 جمادى الآخرة 1441", "", "2020-02-04"),
        ("30 ذو القعدة 1441", "", "2020-07-21"),
        ("10 ذي الحجة 1441 هـ - 14:05 بتوقيت مكة المكرمة", "", "2020-07-31T14:05:00+03:00"),
        ("29 رمضان 1445هـ", "", "2024-04-08"),
    ],
)
def test_lunar_dates(text: str, zone: str, wanted: str) -> None:
    assert str(read_date(text, zone=zone)) == wanted


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("١٥ كانون الثاني ٢٠٢٠", "", "2020-01-15"),
        ("15 كانون الثاني/يناير 2020", "", "2020-01-15"),
        ("15 شباط 2020", "", "2020-02-15"),
        ("15 آذار 2020", "", "2020-03-15"),
        ("15 أيار 2020", "", "2020-05-15"),
        ("15 آب 2020", "", "2020-08-15"),
        ("15 تشرين الأول 2020", "", "2020-10-15"),
        ("15 كانون الأول 2020", "", "2020-12-15"),
        ("15 جويلية 2020", "", "2020-07-15"),
        ("15 غشت 2020", "", "2020-08-15"),
        ("الاثنين 2 مارس 2020 - 14:05 بتوقيت غرينتش", "", "2020-03-02T14:05:00+00:00"),
        ("2 مارس 2020 الساعة 2:05 مساءً بتوقيت القاهرة", "", "2020-03-02T14:05:00+02:00"),
        ("2 مارس 2020، 9:30 صباحًا", "Asia/Beirut", "2020-03-02T09:30:00+02:00"),
        ("٢٠٢٠/٠٣/٠٢", "", "2020-03-02"),
    ],
)
def test_dates_of_arabic_pages(text: str, zone: str, wanted: str) -> None:
    assert str(read_date(text, zone=zone)) == wanted


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("March 2, 2020 2:05 PM ET", "", "2020-03-02T14:05:00-05:00"),
        ("July 2, 2020 2:05 PM ET", "", "2020-07-02T14:05:00-04:00"),
        ("March 2nd, 2020 at 2:05pm PST", "", "2020-03-02T14:05:00-08:00"),
        ("2 July 2020 14:05 BST", "", "2020-07-02T14:05:00+01:00"),
        ("2 March 2020 1405 GMT", "", "2020-03-02T14:05:00+00:00"),
        ("May 3, 2024, 12:05 a.m. PDT", "", "2024-05-03T00:05:00-07:00"),
        ("3 May 2024 14:05 UTC+3", "", "2024-05-03T14:05:00+03:00"),
        ("3 May 2024 14:05 (GMT+03:30)", "", "2024-05-03T14:05:00+03:30"),
        ("14:05 -3 May 2024", EN, "2024-05-03T14:05:00+01:00"),
        ("Montag, den 2. März 2020 um 14:05 Uhr MEZ", "", "2020-03-02T14:05:00+01:00"),
        ("2. Juli 2020, 14.05 Uhr", DE, "2020-07-02T14:05:00+02:00"),
        ("02.03.2020, 14:05", DE, "2020-03-02T14:05:00+01:00"),
        ("3. Jänner 2020", "", "2020-01-03"),
        ("lundi 2 mars 2020 à 14 h 05", FR, "2020-03-02T14:05:00+01:00"),
        ("Publié le 3 déc. 2020 à 09h07", FR, "2020-12-03T09:07:00+01:00"),
        ("lunes, 2 de marzo de 2020 a las 2:05 p. m.", ES, "2020-03-02T14:05:00+01:00"),
        ("2 mar. 2020", "", "2020-03-02"),
        ("2 марта 2020 г. в 14:05 мск", "", "2020-03-02T14:05:00+03:00"),
        ("2 марта 2020, 14:05", RU, "2020-03-02T14:05:00+03:00"),
        ("Понедельник, 2 янв. 2023", "", "2023-01-02"),
        ("2 Mart 2020 Pazartesi 14:05", TR, "2020-03-02T14:05:00+03:00"),
        ("2 Kasım 2020 saat 14.05 TSİ", "", "2020-11-02T14:05:00+03:00"),
        ("12 ŞUBAT 2020", "", "2020-02-12"),
        ("15 Ağustos 2020", "", "2020-08-15"),
        ("3 maggio 2024", "", "2024-05-03"),
        ("3 de maio de 2024", "", "2024-05-03"),
        ("3 mei 2024", "", "2024-05-03"),
        ("3 травня 2024", "", "2024-05-03"),
        ("3 במאי 2024", "", "2024-05-03"),
        ("2020年3月2日 14:05", "Asia/Tokyo", "2020-03-02T14:05:00+09:00"),
        ("2020년 3월 2일", "", "2020-03-02"),
        ("Fri May 03 14:05:06 UTC 2024", "", "2024-05-03T14:05:06+00:00"),
        ("Fri May  3 14:05:06 2024", "", "2024-05-03"),
        ("Friday, 03-May-24 14:05:06 GMT", "", "2024-05-03T14:05:06+00:00"),
        ("Fri May 03 2024 14:05:06 GMT+0200 (CEST)", "", "2024-05-03T14:05:06+02:00"),
    ],
)
def test_dates_of_pages_in_european_and_other_languages(text: str, zone: str, wanted: str) -> None:
    assert str(read_date(text, zone=zone)) == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("98/12/12", "fa", "2020-03-02"),
        ("02.03.20", "de", "2020-03-02"),
        ("١٤٤١/٧/٢٣", "ar", "2020-03-18"),
        ("1398/12/12", "fa-IR", "2020-03-02"),
        ("02/03/2020", "tr", "2020-03-02"),
        ("02/03/2020", "ar", "2020-03-02"),
    ],
)
def test_the_language_tells_what_digits_mean(text: str, language: str, wanted: str) -> None:
    assert str(read_date(text, language=language)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("۱۲ اسفند ۱۳۹۸ / 2 March 2020 / 7 رجب 1441", "2020-03-02"),
        ("الاثنين 7 رجب 1441 هـ الموافق 2 مارس 2020م", "2020-03-02"),
        ("8 رجب 1441 هـ - 2 مارس 2020", "2020-03-02"),
        ("۷ رجب ۱۴۴۱ - ۱۲ اسفند ۱۳۹۸", "2020-03-02"),
        ("۱۳۹۸/۱۲/۱۲ - 2020/03/02", "2020-03-02"),
        ("۱۲ اسفند ۱۳۹۸ ۱۴:۰۵ (2 March 2020 10:35 GMT)", "2020-03-02T10:35:00+00:00"),
    ],
)
def test_of_two_calendars_on_a_line_the_gregorian_counts(text: str, wanted: str) -> None:
    assert str(read_date(text)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2 January 2020 14:05 BST",
        "2 January 2020 14:05 IST",
        "2 January 2020 14:05",
        "2 January 2020, updated 14:05 GMT",
        "2 January 2020 14.05 EUR",
        "2 January 2020, 9:30 شب",
        "2 January 2020 24:61 GMT",
    ],
)
def test_an_unsure_time_leaves_the_day_alone(text: str) -> None:
    assert str(read_date(text)) == "2020-01-02"


@pytest.mark.parametrize(
    "text",
    [
        "98/12/12",
        "02.03.20",
        "31 رجب 1441",
        "30 اسفند 1398",
        "12 اسفند",
        "2 مارس",
        "12 March 1398",
        "7 رجب 1241",
        "1.2.3.4",
        "٣/٤/٢٠٢٤",
        "1445/10/24",
        "© 2020 Harbour Courier",
    ],
)
def test_what_has_no_one_meaning_is_not_read(text: str) -> None:
    assert read_date(text) is None


def test_an_unread_date_of_two_meanings_is_named() -> None:
    assert ambiguous_date("Published 03/04/2024") == "03/04/2024"
    assert ambiguous_date("Published 03/04/2024", language="fr") == ""
    assert ambiguous_date("Published 13/04/2024") == ""


def test_no_month_name_is_a_month_of_two_calendars() -> None:
    for name, (number, calendar) in month_numbers().items():
        assert 1 <= number <= 12, (name, calendar)
    assert len(set(month_numbers().values())) == 36


MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(2199, 12, 31))  # noqa: DTZ001
OFFSETS = st.integers(-12 * 60, 14 * 60)


@given(MOMENTS, OFFSETS)
def test_what_was_written_for_machines_is_read_back(moment: datetime, offset: int) -> None:
    when = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)) if offset else UTC)
    for text in (rfc3339(when), rfc822(when)):
        assert read_date(text) == Timestamp(instant=when)


@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(["fa", "ar", "en", "de", "fr", "es", "ru"])
)
def test_what_was_written_for_people_is_read_back(day: date, language: str) -> None:
    stamp = Timestamp.of_day(day)
    assert read_date(for_people(stamp, language), language=language) == stamp


@given(st.dates(date(1925, 1, 1), date(2070, 1, 1)))
def test_days_of_the_other_calendars_are_read_back(day: date) -> None:
    solar, lunar = jdatetime.date.fromgregorian(date=day), Gregorian.fromdate(day).to_hijri()
    assert read_date(f"{solar.year}/{solar.month}/{solar.day} ه.ش") == Timestamp.of_day(day)
    assert read_date(f"{lunar.day}/{lunar.month}/{lunar.year} هـ") == Timestamp.of_day(day)


PIECES = st.sampled_from(
    [
        *("2020", "1398", "1441", "٢٣", "۱۲", "3", "/", "-", ".", ":", "14:05", "99:99", "+25:00", "T", "Z"),
        *(
            "March",
            "رجب",
            "مهر",
            "كانون",
            "الثاني",
            "هـ",
            "ق",
            "PM",
            "ب.ظ",
            "Uhr",
            "[",
            "年",
            "월",
            "\ud800",
            "²",
        ),
    ]
)


@given(
    st.lists(PIECES, max_size=25), st.sampled_from(["", " "]), st.sampled_from(["", "ar", "fa", "de", "en"])
)
def test_no_pieces_of_dates_raise(pieces: list[str], joint: str, language: str) -> None:
    read_date(joint.join(pieces), zone=TEHRAN, language=language)


@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    read_date(text, zone=TEHRAN)
    ambiguous_date(text)
