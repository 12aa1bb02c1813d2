"""Whether an item carries the archive notice: by its source, else its page, else an old site's host."""

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.hosts import host_of
from syndicate.model.source import Archived
from tests.builders import a_provenance, a_source, an_old_site

OLD_HOSTS = {"old-courier": an_old_site(hosts=("Old.courier.example",))}


@pytest.mark.parametrize(
    ("says", "stated", "on_old_host", "carries"),
    [
        (Archived.YES, False, False, True),
        (Archived.NO, True, True, False),
        (Archived.AUTO, True, False, True),
        (Archived.AUTO, False, True, True),
        (Archived.AUTO, False, False, False),
    ],
)
def test_the_source_decides_or_leaves_it_to_page_and_host(
    says: Archived, stated: bool, on_old_host: bool, carries: bool
) -> None:
    catalogue = Catalogue(
        sources={"harbour": a_source(archived=says)}, old_sites=OLD_HOSTS if on_old_host else {}
    )
    assert catalogue.is_archived(a_provenance(), stated=stated) is carries


@pytest.mark.parametrize(("stated", "carries"), [(True, True), (False, False)])
def test_what_comes_from_a_source_no_longer_configured_stays_as_it_was(stated: bool, carries: bool) -> None:
    assert Catalogue().is_archived(a_provenance(), stated=stated) is carries


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.old.courier.example/a", True),
        ("http://old.courier.example:8080/a", True),
        ("https://evilold.courier.example/", False),
        ("en/ferry.html", False),
        ("", False),
    ],
)
def test_an_old_site_is_found_by_its_host(url: str, found: bool) -> None:
    assert (Catalogue(old_sites=OLD_HOSTS).old_site_at(url) is not None) is found


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Courier.example./a", "courier.example"),
        ("ftp://courier.example/", ""),
        ("https://[broken", ""),
        ("https://courier.example:port/", ""),
    ],
)
def test_hosts_are_compared_in_one_form(url: str, host: str) -> None:
    assert host_of(url) == host
