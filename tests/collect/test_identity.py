"""Keys tell stories apart, and the same story from itself."""

import pytest

from syndicate.collect.identity import guid_key, keys_of, same_host, text_key, url_key

STORY = "The ferry sailed at dawn with forty passengers and a piano. " * 4


@pytest.mark.parametrize(
    "url",
    [
        "https://courier.example/a/ferry",
        "http://courier.example/a/ferry",
        "https://courier.example:443/a/ferry/",
        "HTTPS://Courier.Example/a/ferry#top",
        "https://courier.example/a/ferry?utm_source=x&utm_medium=y&fbclid=z&gclid=1",
        "https://courier.example./a/%66erry",
    ],
)
def test_one_address_has_one_key_however_it_is_written(url: str) -> None:
    assert url_key(url) == "url:courier.example/a/ferry"


@pytest.mark.parametrize(
    "url",
    [
        "https://courier.example/a/ferry2",
        "https://courier.example/a/Ferry",
        "https://courier.example:8443/a/ferry",
        "https://courier.example/a/ferry?id=1",
        "https://old.courier.example/a/ferry",
    ],
)
def test_another_address_has_another_key(url: str) -> None:
    assert url_key(url) != url_key("https://courier.example/a/ferry")


def test_the_order_of_parameters_does_not_matter() -> None:
    assert url_key("https://c.example/?b=2&a=1") == url_key("https://c.example/?a=1&b=2")


@pytest.mark.parametrize(
    "url", ["", "/a", "mailto:a@b.example", "http://[::1", "http://x:99999/", "https://"]
)
def test_what_is_no_address_has_no_key(url: str) -> None:
    assert url_key(url) == ""


def test_a_persian_path_has_one_key_quoted_or_not() -> None:
    assert url_key("https://c.example/بندر") == url_key("https://c.example/%D8%A8%D9%86%D8%AF%D8%B1")


def test_the_same_words_have_one_key_whatever_the_layout() -> None:
    assert text_key(STORY) == text_key(STORY.upper().replace(" ", "\n").replace(".", "…"))


def test_a_short_text_identifies_nothing() -> None:
    assert text_key("This page has moved.") == ""


def test_zwnj_tells_words_apart() -> None:
    assert text_key("می\u200cرود " * 40) != text_key("می رود " * 40)


@pytest.mark.parametrize("guid", ["urn:uuid:1", "https://c.example/?p=1", "tag:c.example,2019:1"])
def test_a_guid_that_is_unique_by_its_form_is_no_source_s_own(guid: str) -> None:
    assert guid_key(guid, source="one") == guid_key(guid, source="two") == f"guid:{guid}"


def test_any_other_guid_is_bound_to_its_source() -> None:
    assert guid_key("7", source="one") != guid_key("7", source="two")
    assert guid_key(" ", source="one") == ""


def test_keys_stand_once_and_in_order() -> None:
    assert keys_of("guid:1", "", "url:a", "guid:1") == ("guid:1", "url:a")


def test_hosts_are_compared_without_www_and_case() -> None:
    assert same_host("https://www.c.example/a", "http://C.example/b")
    assert not same_host("", "")


def test_a_host_has_one_key_with_www_and_without() -> None:
    assert url_key("https://www.courier.example/a") == url_key("https://courier.example/a")
    assert url_key("https://www.courier.example:8443/a") == "url:courier.example:8443/a"
