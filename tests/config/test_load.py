"""The configuration: what a good one becomes, and how each fault is told."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from syndicate.config import Config, load
from syndicate.errors import ConfigError
from syndicate.model.feed import Format
from syndicate.model.item import ItemKind
from syndicate.model.partner import Canonical
from syndicate.model.site import Security
from syndicate.model.source import Publish

GOOD = """
[site]
name = "Harbour Courier"
base_url = "https://news.courier.example"
postal_address = "1 Quay Street"
timezone = "Europe/Berlin"

[old_sites.old]
name = "The Old Harbour Courier"
successor_url = "https://courier.example/"

[sources.harbour]
kind = "page"
url = "https://old.courier.example/"
archived = "yes"
old_site = "old"
interval = "15m"

[feeds.all]
title = "All stories"
sources = ["harbour"]
kinds = ["article"]
take = 20
ttl = "2h"

[newsletters.daily]
title = "The Daily Tide"
cadence = "0 7 * * *"

[newsletters.daily.sender]
name = "Harbour Courier"
address = "news@courier.example"

[[newsletters.daily.sections]]
title = "News"
sources = ["harbour"]
take = 5
"""

QUAY = '[partners.quay]\ntitle = "Quay Radio"\n'
PARTNER = f'{QUAY}feeds = ["all"]\n'


def loaded(tmp_path: Path, text: str = GOOD, **environ: str) -> Config:
    path = tmp_path / "syndicate.toml"
    path.write_text(text, "utf-8")
    return load(path, environ=environ)


def faults(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, **environ)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_tables_become_the_model(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    feed, newsletter = config.catalogue.feeds["all"], config.catalogue.newsletters["daily"]
    assert config.catalogue.sources["harbour"].interval == timedelta(minutes=15)
    assert (feed.selection.sources, feed.selection.kinds, feed.selection.take) == (
        ("harbour",),
        (ItemKind.ARTICLE,),
        20,
    )
    assert feed.ttl == timedelta(hours=2)
    assert newsletter.sections[0].selection.take == 5


@pytest.mark.parametrize(
    ("old", "new", "publish"),
    [
        ("", "", Publish.FULL),
        ('archived = "yes"\nold_site = "old"', "", Publish.TEASER),
        ('old_site = "old"', 'old_site = "old"\nrights = { publish = "link" }', Publish.LINK),
    ],
)
def test_only_our_own_old_site_is_published_in_full_unasked(
    tmp_path: Path, old: str, new: str, publish: Publish
) -> None:
    source = loaded(tmp_path, GOOD.replace(old, new, 1)).catalogue.sources["harbour"]
    assert source.rights.publish is publish


def test_a_newsletter_takes_what_it_does_not_say_from_the_site(tmp_path: Path) -> None:
    newsletter = loaded(tmp_path).catalogue.newsletters["daily"]
    assert newsletter.cadence.zone == "Europe/Berlin"
    assert newsletter.postal_address == "1 Quay Street"


def test_mail_stays_on_this_machine_unless_a_relay_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path).relay.local
    assert loaded(tmp_path, 'relay = "local"\n' + GOOD).relay.local
    relay = loaded(
        tmp_path, GOOD + '[relay]\nhost = "smtp.example.org"\n[relay.timeouts]\nopening = "5s"\n'
    ).relay
    assert (relay.local, relay.host, relay.timeouts.opening) == (False, "smtp.example.org", 5.0)


def test_folders_are_relative_to_the_file_and_data_to_the_working_directory(tmp_path: Path) -> None:
    text = GOOD.replace(
        'kind = "page"\nurl = "https://old.courier.example/"', 'kind = "files"\nfolder = "saved"'
    )
    config = loaded(tmp_path, text)
    assert config.catalogue.sources["harbour"].folder == str(tmp_path / "saved")
    assert config.data_dir == Path("var")
    assert config.database == "var/syndicate.db"


def test_the_fault_of_the_handbook(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD.replace("0 7 * * *", "0 7 * *")) == [
        'syndicate.toml: newsletters.daily.cadence: "0 7 * *" has 4 fields, a cron expression has 5 '
        '(minute hour day month weekday). For 07:00 every day: "0 7 * * *"'
    ]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"Europe/Berlin"', '"Europe/Belin"').replace("take = 20", 'take = "20"')
    told = faults(tmp_path, text.replace('sources = ["harbour"]\ntake = 5', 'sources = ["harbor"]\ntake = 5'))
    assert [line.split(": ")[1] for line in told] == [
        "site.timezone",
        "feeds.all.take",
        "newsletters.daily.sections[1].sources",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cadence", "cadance", r'newsletters.daily.cadance: .* did you mean "cadence"\?'),
        ("cadence", "cadance", r"newsletters.daily.cadence: is missing"),
        ("[feeds.all]", "[feed.all]", r'feed: .* is no setting of the file; did you mean "feeds"\?'),
        ('"page"', '"pages"', r'"pages" is none of page, listing, feed, files, .*; did you mean "page"\?'),
        ('old_site = "old"', 'old_site = "odl"', r'is no table under \[old_sites\]; did you mean "old"\?'),
        ('old_site = "old"', "", r"sources.harbour.archived: \"yes\" needs old_site"),
        ('"Europe/Berlin"', '"Berlin"', r"site.timezone: \"Berlin\" is no time zone"),
        (
            '"news@courier.example"',
            '"News <news@courier.example>"',
            r"sender.address: .* is no e-mail address",
        ),
        ("[feeds.all]", '[feeds."All stories"]', r'feeds.All stories: "All stories" is no name'),
        ('"15m"', "15", r'sources.harbour.interval: 15 must be a duration in quotes: "30s", "15m"'),
        ('"15m"', '"0m"', r"interval: \"0m\" must be a duration"),
        ("take = 20", "take = 0", r"feeds.all.take: 0 must be greater than 0"),
        ("take = 20", "take = true", r"feeds.all.take: true must be a whole number"),
        (
            'kinds = ["article"]',
            'kinds = "article"',
            r"feeds.all.kinds: \"article\" must be a list in brackets",
        ),
        ('kinds = ["article"]', 'kinds = ["artcle"]', r'kinds\[1\]: .* did you mean "article"\?'),
        ('name = "Harbour Courier"', "name = 7", r"site.name: 7 must be a text in quotes"),
        ("https://news.courier.example", "news.courier.example", r"site.base_url: .* is no web address"),
        ('url = "https://old.courier.example/"', "", r'sources.harbour.url: is missing; kind "page"'),
        ('title = "All stories"', 'title = "All\\nstories"', r"feeds.all.title: .* may not have line breaks"),
        ("[site]\n", "site = 1\n[other]\n", r"site: 1 must be a table: \[site\]"),
    ],
)
def test_a_fault_names_key_value_and_what_would_be_right(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    lines = faults(tmp_path, GOOD.replace(old, new, 1))
    assert any(re.search(told, line) for line in lines), lines


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[newsletters.x]\naccent = "red"', r'newsletters.x.accent: "red" is no colour'),
        ('[newsletters.x]\naccent = "#ffcc00"', r"is too pale for text on white \(1.5:1"),
        (
            '[newsletters.x]\nfirst_issue = "now"',
            r"newsletters.x.first_issue: \"now\" is none of at-cadence, at-once",
        ),
        ("[newsletters.x]", r"newsletters.x.sections: is missing"),
        ("[web]\nport = 70000", r"web.port: 70000 is no port"),
        ('[web]\ntrusted_proxies = ["proxy"]', r'web.trusted_proxies\[1\]: "proxy" is no address or network'),
        ('[fetch]\nallow_hosts = ["http://x/"]', r"fetch.allow_hosts\[1\]: .* is no host"),
        ('[relay]\nhost = "smtp example"', r"relay.host: .* is no host name"),
        ('[dkim]\nkey_file = "key.pem"', r"dkim.selector: is missing"),
        (
            '[dkim]\nkey_file = "k"\nselector = "s"\ndomain = "other.example"',
            r"is not of dkim.domain other.example",
        ),
        (
            '[dkim.s1]\nkey_file = "k"\ndomain = "a.example"\n'
            '[dkim.s2]\nkey_file = "k"\ndomain = "b.example"',
            r"newsletters.daily.sender.address: .* is not of any dkim domain: a.example, b.example",
        ),
        (
            '[[dkim]]\nkey_file = "k"\nselector = "s"\ndomain = "courier.example"\n' * 2,
            r"dkim\[2\].selector: \"s\" already names the key of \[dkim\[1\]\]",
        ),
        (
            "[dkim.s1]\nkey_file = 'k'\nsigns_from = 2026-12-01\nsigns_until = 2026-12-01",
            r"dkim.s1.signs_until: 2026-12-01 is not after signs_from",
        ),
        ("[dkim.s1]\nkey_file = 'k'", r"dkim.s1.domain: is missing"),
        ("[dkim]\nselector = 'two words'", r"dkim.selector: .* is no selector"),
        ("[[dkim]]\nlength = 1", r"dkim\[1\].length: 1 is no setting of dkim\[1\]"),
        (
            '[relay]\nhost = "smtp.example.org"\nusername = "u"\nsecurity = "none"',
            r"the password unencrypted",
        ),
        ('[old_sites.b]\nname = "B"\nwording = { en = 1 }', r"old_sites.b.wording.en: 1 must be a text"),
        ("[partners.quay]", r"partners.quay.title: is missing"),
        ("[partners.quay]", r"partners.quay.feeds: is missing; it takes the feeds that the partner gets"),
        (f"{QUAY}feeds = []", r"partners.quay.feeds: is empty; there are all"),
        (
            f'{QUAY}feeds = ["al"]',
            r"partners.quay.feeds\[1\]: \"al\" is no table under \[feeds\]; did you mean",
        ),
        (f'{QUAY}feeds = ["all", "all"]', r"partners.quay.feeds\[2\]: \"all\" stands there twice"),
        (f'{PARTNER}formats = ["html"]', r"formats\[1\]: \"html\" is a page for people; a partner may have"),
        (
            f'{PARTNER}profile = "smartnews"\nformats = ["json"]',
            r"formats\[1\]: \"json\" is not read under profile \"smartnews\", which reads rss",
        ),
        (f'{PARTNER}profile = "msn"\npublish = "teaser"', r"publish: \"teaser\" would withhold everything"),
        (
            f'{PARTNER}sections = ["A"]\nexclude_sections = ["a"]',
            r"exclude_sections\[1\]: \"a\" also stands in",
        ),
        (f"{PARTNER}embargoes = {{ Business = 2 }}", r"embargoes.Business: 2 must be a duration in quotes"),
        (f'{PARTNER}embargoes = "2d"', r"embargoes: \"2d\" must be a table of durations"),
        (f'{PARTNER}embargo = "soon"', r"embargo: \"soon\" must be a duration .* or one of none"),
        (f'{PARTNER}max_age = "0d"', r"max_age: \"0d\" must be a duration"),
        (f'{PARTNER}languages = ["english"]', r"languages\[1\]: \"english\" is no language tag"),
    ],
)
def test_a_fault_in_what_is_added(tmp_path: Path, more: str, told: str) -> None:
    lines = faults(tmp_path, f"{GOOD}\n{more}\n")
    assert any(re.search(told, line) for line in lines), lines


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080", "https://localhost", "http://news.courier.example"]
)
def test_a_relay_elsewhere_needs_links_that_people_can_follow(tmp_path: Path, base_url: str) -> None:
    text = GOOD.replace("https://news.courier.example", base_url) + '[relay]\nhost = "smtp.example.org"\n'
    assert "relay.host" in faults(tmp_path, text)[0]


def test_bulk_mail_needs_a_postal_address(tmp_path: Path) -> None:
    text = GOOD.replace('postal_address = "1 Quay Street"', "") + '[relay]\nhost = "smtp.example.org"\n'
    assert "newsletters.daily.postal_address: is missing" in faults(tmp_path, text)[0]


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    assert "end of document), which is line 2: name = [" in faults(tmp_path, "[site]\nname = [\n")[0]
    assert re.search(r"is no TOML: .*line 3", faults(tmp_path, "\n[site]\nname = Harbour\n")[0])


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; .* syndicate init"):
        load(tmp_path / "none.toml", environ={})
    (tmp_path / "latin.toml").write_bytes('[site]\nname = "Hafenbl\xe4tter"'.encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8 at byte"):
        load(tmp_path / "latin.toml", environ={})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, environ={})


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").catalogue.sources == {}


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        SYNDICATE_SITE__NAME="Quay Times",
        SYNDICATE_DATA_DIR="/srv/syndicate",
        SYNDICATE_WEB__PORT="9090",
        SYNDICATE_FETCH__OBEY_ROBOTS="no",
        SYNDICATE_FETCH__TIMEOUT="5s",
        SYNDICATE_FETCH__ALLOW_HOSTS="127.0.0.1:1, intranet.example",
        SYNDICATE_RELAY__HOST="smtp.example.org",
        SYNDICATE_RELAY__SECURITY="tls",
        SYNDICATE_SOURCES__HARBOUR__INTERVAL="2h",
        SYNDICATE_CONFIG="elsewhere.toml",
        HOME="/root",
    )
    assert config.catalogue.site.name == "Quay Times"
    assert config.database == "/srv/syndicate/syndicate.db"
    assert (config.settings.web.port, config.settings.fetch.obey_robots) == (9090, False)
    assert config.settings.fetch.allow_hosts == ("127.0.0.1:1", "intranet.example")
    assert (config.relay.local, config.relay.security) == (False, Security.TLS)
    assert config.catalogue.sources["harbour"].interval == timedelta(hours=2)


def test_names_with_hyphens_are_reached_with_underscores(tmp_path: Path) -> None:
    text = GOOD.replace("harbour", "old-harbour")
    config = loaded(tmp_path, text, SYNDICATE_SOURCES__OLD_HARBOUR__LIMIT="7")
    assert config.catalogue.sources["old-harbour"].limit == 7


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    config = loaded(tmp_path, SYNDICATE_RELAY__PASSWORD_FILE=str(tmp_path / "password"))
    assert config.relay.password == "s3cret"


def test_the_dkim_key_s_own_name_ends_in_file(tmp_path: Path) -> None:
    environ = {"SYNDICATE_DKIM__KEY_FILE": "/etc/dkim.pem", "SYNDICATE_DKIM__SELECTOR": "s1"}
    config = loaded(tmp_path, SYNDICATE_DKIM__DOMAIN="courier.example", **environ)
    assert config.dkim[0].key_file == "/etc/dkim.pem"


def test_several_keys_stand_under_their_selectors(tmp_path: Path) -> None:
    text = """
[dkim]
domain = "courier.example"
selector = "s2025"
key_file = "old.pem"
signs_until = 2026-12-01
[dkim.s2026]
key_file = "new.pem"
signs_from = 2026-12-01
[dkim.e2026]
selector = "ed"
key_file = "ed.pem"
"""
    old, new, second = loaded(tmp_path, GOOD + text).dkim
    assert (old.domain, old.selector, old.signs_until) == ("courier.example", "s2025", date(2026, 12, 1))
    assert (new.domain, new.selector, new.signs_from) == ("courier.example", "s2026", date(2026, 12, 1))
    assert (second.domain, second.selector, second.at) == ("courier.example", "ed", "dkim.e2026")
    assert new.key_file == str(tmp_path / "new.pem")


def test_keys_may_be_a_list_too(tmp_path: Path) -> None:
    text = '[[dkim]]\ndomain = "courier.example"\nselector = "s1"\nkey_file = "k.pem"\n'
    keys = loaded(tmp_path, GOOD + text).dkim
    assert [(key.at, key.selector) for key in keys] == [("dkim[1]", "s1")]


def test_a_named_key_s_file_may_come_from_the_environment(tmp_path: Path) -> None:
    text = GOOD + '[dkim.s1]\ndomain = "courier.example"\n'
    (key,) = loaded(tmp_path, text, SYNDICATE_DKIM__S1__KEY_FILE="/etc/dkim.pem").dkim
    assert key.key_file == "/etc/dkim.pem"


def test_faults_between_settings_name_the_variable_that_set_one(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, GOOD, SYNDICATE_DISPATCH__ENGINE="procrastinate")
    assert 'dispatch.engine (from SYNDICATE_DISPATCH__ENGINE): "procrastinate" needs' in told
    (told,) = faults(tmp_path, f"{GOOD}\n[dispatch]\nengine = 'procrastinate'\n")
    assert 'dispatch.engine: "procrastinate" needs' in told


def test_faults_of_the_environment_name_the_variable(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        GOOD,
        SYNDICATE_WEB__PORT="http",
        SYNDICATE_SITE__BSE_URL="x",
        SYNDICATE_RELAY__PASSWORD_FILE="/nowhere",
        SYNDICATE_NEWSLETTERS__DAILY__SECTIONS__1__TAKE="3",
    )
    assert any("web.port (from SYNDICATE_WEB__PORT)" in line for line in told)
    assert any("SYNDICATE_SITE__BSE_URL" in line and 'did you mean "base_url"' in line for line in told)
    assert any("SYNDICATE_RELAY__PASSWORD_FILE" in line and "No such file" in line for line in told)
    assert any("sections, which is a list" in line for line in told)


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    told = faults(tmp_path, GOOD + '[relay]\npassword = 12345\n[x]\ny = "z"\n')
    assert not any("12345" in line for line in told)
    told = faults(tmp_path, 'database = "mysql://me:s3cret@host/x"\n' + GOOD)
    assert "s3cret" not in told[0]
    assert "is no database we know" in told[0]


@pytest.mark.parametrize("written", ["90s", "30m", "90m", "2d"])
def test_durations_are_kept_as_written(tmp_path: Path, written: str) -> None:
    text = GOOD.replace('"0 7 * * *"', f'"0 7 * * *"\ntime_to_live = "{written}"').replace(
        '"2h"', f'"{written}"'
    )
    config = loaded(tmp_path, f'delivery = {{ retry_first = "5s", retry_cap = "20s" }}\n{text}')
    seconds = {"90s": 90, "30m": 1800, "90m": 5400, "2d": 172_800}[written]
    assert config.catalogue.newsletters["daily"].time_to_live == timedelta(seconds=seconds)
    assert config.catalogue.feeds["all"].ttl == timedelta(seconds=seconds)
    assert config.settings.delivery.retry_first == timedelta(seconds=5)
    assert config.settings.delivery.retry_cap == timedelta(seconds=20)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("forever", timedelta.max), ("none", timedelta(0)), ("365d", timedelta(days=365))],
)
def test_raw_pages_are_kept_for_ever_not_at_all_or_for_so_long(
    tmp_path: Path, written: str, kept: timedelta
) -> None:
    config = loaded(tmp_path, GOOD.replace("[site]", f'[collect]\nkeep_raw = "{written}"\n[site]', 1))
    assert config.settings.collect.keep_raw == kept


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[site]", '[collect]\nkeep_raw = "always"\n[site]', '"1h" or "2d"; or one of forever and none'),
        ('"15m"', '"99999999999999w"', "must be a duration of at most 3650 days"),
        ('"15m"', f'"{"9" * 400}w"', "must be a duration of at most 3650 days"),
        ('"2h"', '"20s"', "is too short; at least 60 seconds"),
        ('"2h"', '"366d"', "is too long; at most 365 days"),
        ('"0 7 * * *"', '"0 7 * * *"\ntime_to_live = "59s"', "is too short; at least 60 seconds"),
        ('"0 7 * * *"', '"0 7 * * *"\nsubject = "Hello {nme}"', "filled in is {title}, {lead}, {name}"),
        ('"0 7 * * *"', '"0 7 * * *"\npreheader = "{lead}"', "filled in is {headlines}, {title}, {name}"),
        ("[site]", '[delivery]\nretry_first = "0.5s"\n[site]', "is too short; at least 1 second"),
        ("[site]", '[delivery]\nretry_cap = "2d"\n[site]', "is too long; at most 1 day"),
        ("[site]", "[fetch]\ntimeout = inf\n[site]", "must be a duration of at most 3650 days"),
        ("[site]", "[fetch]\ndelay = nan\n[site]", "must be a duration of at most 3650 days"),
    ],
)
def test_a_duration_that_makes_no_sense_is_a_fault(tmp_path: Path, old: str, new: str, told: str) -> None:
    [fault] = faults(tmp_path, GOOD.replace(old, new, 1))
    assert fault.endswith(told)


@pytest.mark.parametrize(
    "address",
    ["http://[::1", "http://[foo]/", r"https://x\"><script>.example", r"https://news.courier.example/\u0000"],
)
def test_a_base_url_that_is_none_is_a_fault(tmp_path: Path, address: str) -> None:
    [fault] = faults(tmp_path, GOOD.replace("https://news.courier.example", address))
    assert "site.base_url" in fault
    assert "is no web address" in fault


def test_a_template_is_a_plain_name(tmp_path: Path) -> None:
    text = GOOD.replace('"0 7 * * *"', '"0 7 * * *"\ntemplate = "../../../etc/passwd"')
    [fault] = faults(tmp_path, text)
    assert "newsletters.daily.template" in fault


def test_a_variable_and_its_file_may_not_both_stand(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x\n", "utf-8")
    both = {"SYNDICATE_RELAY__PASSWORD": "y", "SYNDICATE_RELAY__PASSWORD_FILE": str(secret)}
    [fault] = faults(tmp_path, GOOD, **both)
    assert "SYNDICATE_RELAY__PASSWORD_FILE: says the same setting as SYNDICATE_RELAY__PASSWORD" in fault


WAYBACK = GOOD.replace('kind = "page"', 'kind = "wayback"\nsince = 2009-01-01\nuntil = {until}')


def test_days_are_written_without_quotes(tmp_path: Path) -> None:
    source = loaded(tmp_path, WAYBACK.format(until="2019-12-31")).catalogue.sources["harbour"]
    assert (source.since, source.until) == (date(2009, 1, 1), date(2019, 12, 31))


def test_a_day_can_come_from_the_environment(tmp_path: Path) -> None:
    text = WAYBACK.format(until="2019-12-31")
    config = loaded(tmp_path, text, SYNDICATE_SOURCES__HARBOUR__UNTIL="2018-06-30")
    assert config.catalogue.sources["harbour"].until == date(2018, 6, 30)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ('"2019"', r"sources\.harbour\.until.*must be a day without quotes: 2019-05-03"),
        ("2019-05-03T10:00:00Z", r"sources\.harbour\.until.*must be a day"),
        ("2008-12-31", r"sources\.harbour\.until.*is before since \(2009-01-01\)"),
    ],
)
def test_a_day_that_cannot_be_is_told(tmp_path: Path, until: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        loaded(tmp_path, WAYBACK.format(until=until))


SITEMAP = """[sources.harbour]
kind = "sitemap"
url = "https://courier.example/robots.txt"
only = ["/news/*"]
since = 2019-05-03
"""


def test_a_sitemap_is_narrowed_by_paths_and_days(tmp_path: Path) -> None:
    source = loaded(tmp_path, SITEMAP).catalogue.sources["harbour"]
    assert (source.kind, source.only, source.since) == ("sitemap", ("/news/*",), date(2019, 5, 3))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pages = 3", r'sources\.harbour\.pages: 3 is for kind "listing"'),
        ("pages = 0", r"sources\.harbour\.pages: 0 must be greater than 0"),
    ],
)
def test_only_a_listing_has_pages_to_walk(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        loaded(tmp_path, SITEMAP + line)


def test_captures_are_chosen_of_a_web_archive_s_service_alone(tmp_path: Path) -> None:
    warc = '[sources.harbour]\nkind = "warc"\nfolder = "crawls"\ncaptures = "first"\n'
    with pytest.raises(ConfigError, match=r'sources\.harbour\.captures: "first" is for kind "wayback"'):
        loaded(tmp_path, warc)


def test_a_contract_is_read_with_what_it_leaves_open(tmp_path: Path) -> None:
    more = 'embargo = "2h"\nembargoes = { Business = "2d", "بندر" = "90m" }\n'
    more += 'keep_withdrawn = "30d"\nmax_age = "1w"\n'
    partner = loaded(tmp_path, f"{GOOD}\n{PARTNER}{more}").catalogue.partners["quay"]
    assert (partner.embargo, partner.max_age) == (timedelta(hours=2), timedelta(days=7))
    assert partner.embargoes == {"Business": timedelta(days=2), "بندر": timedelta(minutes=90)}
    assert partner.keep_withdrawn == timedelta(days=30)
    assert (partner.publish, partner.take, partner.canonical) == (Publish.FULL, None, Canonical.ORIGINAL)
    assert partner.forms == (Format.RSS, Format.ATOM, Format.JSON, Format.NINJS)


def test_a_contract_without_limits_holds_nothing_back(tmp_path: Path) -> None:
    partner = loaded(tmp_path, f'{GOOD}\n{PARTNER}embargo = "none"\n').catalogue.partners["quay"]
    assert (partner.embargo, partner.max_age, partner.keep_withdrawn) == (timedelta(0), None, timedelta(0))


@pytest.mark.parametrize(("profile", "forms"), [("msn", ["rss"]), ("google-news", ["rss", "atom"])])
def test_a_profile_says_which_formats_a_partner_gets(tmp_path: Path, profile: str, forms: list[str]) -> None:
    partner = loaded(tmp_path, f'{GOOD}\n{PARTNER}profile = "{profile}"\n').catalogue.partners["quay"]
    assert list(partner.forms) == forms
