"""`syndicate probe`: what an address holds, how sure that is, and what to paste."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from syndicate.cli.main import main
from syndicate.config import load
from syndicate.extract.page import extract
from syndicate.extract.prior import Prior
from syndicate.model.source import Selectors, Source
from tests.neighbours.http_site import HttpSite, http_site
from tests.neighbours.loops import running_beside
from tests.probe_site import THINGS, a_site, an_article


@pytest.fixture(scope="module")
def site() -> Iterator[HttpSite]:
    with running_beside() as beside, beside.within(http_site(answers=a_site())) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, but for a configuration that is in no hurry to be polite to the test's own site."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/syndicate.toml").write_text('[fetch]\ndelay = "0s"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYNDICATE_CONFIG", raising=False)
    return tmp_path


def run(*args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["probe", *args], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def ask(site: HttpSite, path: str, *args: str, code: int = 0) -> Any:
    return json.loads(run(site.url + path, "--allow-host", site.host, *args, "--json", code=code).stdout)


def pasted(folder: Path, toml: str, *, uncommented: bool = False) -> Source:
    """The one source of a configuration that is the printed text alone."""
    if uncommented:
        toml = re.sub(r"^# (?=\[|\w+ = )", "", toml, flags=re.MULTILINE)
    path = folder / "pasted.toml"
    path.write_text(toml, "utf-8")
    (source,) = load(path, environ={}).catalogue.sources.values()
    return source


@pytest.mark.usefixtures("folder")
def test_a_listing_tells_what_it_would_collect(site: HttpSite) -> None:
    found = ask(site, "/news/")
    assert (found["sight"], found["site"]) == ("listing", "Harbour Courier")
    assert [link["url"] for link in found["links"]] == [f"{site.url}/news/{thing}.html" for thing in THINGS]
    assert [bool(link["words"]) for link in found["links"]] == [True] * 3 + [False] * 3
    assert found["feeds"] == [f"{site.url}/feed.xml"]
    assert found["sitemaps"] == ["https://courier.example/sitemap.xml"]
    assert found["of"] == f"{site.url}/news/ferry.html"


@pytest.mark.usefixtures("folder")
def test_selectors_are_short_and_lasting(site: HttpSite) -> None:
    learned = ask(site, "/news/")["selectors"]
    assert {name: learned[name] for name in ("links", "headline", "authors", "published", "body")} == {
        "links": ".card-title a",
        "headline": ".story-title",
        "authors": ".byline",
        "published": "time",
        "body": ".story-text",
    }
    assert not re.search(r"css-|mt-4|col-8|post-|nth", str(learned))


@pytest.mark.usefixtures("folder")
def test_learned_selectors_hold_on_pages_that_nobody_looked_at(site: HttpSite) -> None:
    learned = ask(site, "/news/")["selectors"]
    url = f"{site.url}/news/clock.html"
    plain = extract(an_article(5).encode(), url=url)
    told = extract(an_article(5).encode(), url=url, prior=Prior(selectors=Selectors(**learned)))
    assert told.unmatched == ()
    for name in ("headline", "authors", "published", "body_text", "image"):
        assert getattr(told, name) == getattr(plain, name), name


@pytest.mark.usefixtures("folder")
def test_what_does_not_hold_on_every_page_is_not_proposed(site: HttpSite) -> None:
    site.answers["/news/lighthouse.html"] = an_article(1).replace('class="byline"', 'class="writer"')
    try:
        learned = ask(site, "/news/")["selectors"]
    finally:
        site.answers["/news/lighthouse.html"] = an_article(1)
    assert learned.get("authors") not in {".byline", ".writer"}


@pytest.mark.usefixtures("folder")
def test_as_many_articles_are_looked_at_as_asked_for(site: HttpSite) -> None:
    site.hits.clear()
    found = ask(site, "/news/", "--pages", "1")
    assert [path for path in site.hits if path.endswith(".html")] == ["/news/ferry.html"]
    assert found["looked_at"] == 1


@pytest.mark.usefixtures("folder")
def test_an_article_says_who_vouches_for_each_field(site: HttpSite) -> None:
    found = ask(site, "/news/ferry.html")
    fields = {one["name"]: one for one in found["fields"]}
    assert (found["sight"], fields["headline"]["value"]) == ("article", "The ferry is back at the quay")
    assert fields["headline"]["witnesses"] == ["meta", "visible"]
    assert (fields["headline"]["word"], fields["headline"]["sure"]) == ("sure", 0.9)
    assert fields["published"]["value"] == "2019-05-03T06:30:00+02:00"
    assert fields["section"] == {
        "name": "section",
        "value": "",
        "sure": 0.0,
        "word": "not found",
        "witnesses": [],
    }


@pytest.mark.usefixtures("folder")
def test_an_archived_page_tells_its_notice_and_successor(site: HttpSite) -> None:
    found = ask(site, "/old.html")
    assert found["notice"].startswith("You are viewing the old site")
    assert found["successor_url"] == "https://courier.example/"
    assert found["selectors"]["notice"] == ".archive-strip"
    assert 'archived = "auto"' in found["toml"]
    assert '# successor_url = "https://courier.example/"' in found["toml"]


@pytest.mark.usefixtures("folder")
def test_a_feed_of_teasers_says_so_and_one_of_whole_texts_does_not(site: HttpSite) -> None:
    teasers, whole = ask(site, "/feed.xml"), ask(site, "/whole.xml")
    assert (teasers["sight"], len(teasers["links"])) == ("feed", len(THINGS))
    assert "teasers of 3 words; kind listing" in teasers["remarks"][0]
    assert whole["remarks"] == []


@pytest.mark.usefixtures("folder")
def test_a_page_of_briefs_is_one(site: HttpSite) -> None:
    found = ask(site, "/briefs.html")
    assert found["sight"] == "page with briefs"
    assert found["selectors"]["briefs"] == ".notes li"
    assert 'kind = "page"' in found["toml"]


@pytest.mark.usefixtures("folder")
def test_a_page_that_a_script_builds_says_so(site: HttpSite) -> None:
    found = ask(site, "/app.html", code=1)
    assert found["sight"] == "nothing to collect"
    assert any("a script builds this page" in remark for remark in found["remarks"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "code", "told"),
    [
        ("/gone.html", 1, "is not there (status 404)"),
        ("/closed.html", 1, "is closed to us by"),
        ("/picture.png", 1, "these bytes are not text"),
    ],
)
def test_what_cannot_be_collected_ends_in_part(site: HttpSite, path: str, code: int, told: str) -> None:
    result = run(site.url + path, "--allow-host", site.host, code=code)
    assert told in result.output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "sight", "kind"),
    [
        ("/news/", "listing", "listing"),
        ("/news/ferry.html", "article", "page"),
        ("/old.html", "article", "page"),
        ("/briefs.html", "page with briefs", "page"),
        ("/feed.xml", "feed", "feed"),
        ("/sitemap.xml", "sitemap", "sitemap"),
        ("/note.txt", "plain text", "page"),
    ],
)
def test_what_is_printed_loads_without_faults(
    site: HttpSite, tmp_path: Path, path: str, sight: str, kind: str
) -> None:
    found = ask(site, path)
    assert found["sight"] == sight
    source = pasted(tmp_path, found["toml"])
    assert (source.kind, source.url, source.selectors) == (kind, site.url + path, Selectors())
    printed = run(site.url + path, "--allow-host", site.host).stdout
    assert printed.endswith(found["toml"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("path", ["/news/", "/old.html", "/briefs.html"])
def test_what_stands_behind_signs_loads_too(site: HttpSite, tmp_path: Path, path: str) -> None:
    found = ask(site, path)
    source = pasted(tmp_path, found["toml"], uncommented=True)
    assert source.selectors.stated == found["selectors"]


def test_a_saved_page_needs_no_network_and_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/ferry.html").write_text(an_article(0), "utf-8")
    url = "https://old.courier.example/news/ferry.html"
    found = json.loads(run("saved/ferry.html", "--url", url, "--json").stdout)
    source = pasted(tmp_path, found["toml"])
    assert (source.kind, source.base_url) == ("files", "https://old.courier.example/news/")
    assert Path(source.folder) == tmp_path / "saved"
    assert (found["sight"], found["selectors"]["headline"]) == ("article", ".story-title")


@pytest.mark.usefixtures("folder")
def test_a_host_that_is_not_public_has_to_be_named(site: HttpSite) -> None:
    site.hits.clear()
    told = run(f"{site.url}/news/", code=1).stderr
    assert "To allow it: --allow-host" in told
    assert not site.hits


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("where", ["courier.example/news", "nowhere.html"])
def test_an_address_without_its_beginning_gets_a_hint(where: str) -> None:
    assert "begins with https:// or http://" in run(where, code=2).stderr


def test_a_faulty_configuration_is_told_and_not_used(site: HttpSite, folder: Path) -> None:
    (folder / "config/syndicate.toml").write_text('[fetch]\ndelay = "often"\n', "utf-8")
    result = run(f"{site.url}/note.txt", "--allow-host", site.host)
    assert "has faults" in result.stderr
    assert "plain text" in result.stdout


@pytest.mark.usefixtures("folder")
def test_quiet_says_nothing(site: HttpSite) -> None:
    assert run(f"{site.url}/note.txt", "--allow-host", site.host, "--quiet").output == ""
