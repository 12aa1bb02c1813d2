import pytest

from syndicate.model.cadence import Cadence
from syndicate.publish.cadences import describe_cadence


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 7 * * *", "Every day at 07:00 (Europe/Berlin)"),
        ("30 18 * * 1-5", "Monday, Tuesday, Wednesday, Thursday, Friday at 18:30 (Europe/Berlin)"),
        ("0 9 * * 7", "Sunday at 09:00 (Europe/Berlin)"),
        ("0 6 1 * *", "On day 1 of every month at 06:00 (Europe/Berlin)"),
        ("*/5 * * * *", "Regularly (Europe/Berlin)"),
        ("0 7 * 6 *", "Regularly (Europe/Berlin)"),
        ("0 7 1 * 1", "Regularly (Europe/Berlin)"),
    ],
)
def test_a_cadence_is_said_in_words(cron: str, said: str) -> None:
    assert describe_cadence(Cadence(cron=cron, zone="Europe/Berlin"), "en") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fa", "جمعه ساعت ۱۸:۰۰ (Asia/Tehran)"),
        ("de", "Freitag um 18:00 Uhr (Asia/Tehran)"),
        ("fr", "Vendredi à 18:00 (Asia/Tehran)"),
        ("tlh", "Friday at 18:00 (Asia/Tehran)"),
    ],
)
def test_a_cadence_is_said_in_the_newsletter_s_language(language: str, said: str) -> None:
    assert describe_cadence(Cadence(cron="0 18 * * 5", zone="Asia/Tehran"), language) == said
