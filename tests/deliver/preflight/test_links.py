"""Links are asked of real servers; images are looked for in the media store."""

import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from syndicate.deliver.preflight.facts import Sample
from syndicate.deliver.preflight.links import ask_links, lost_images, outside_links
from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from tests.neighbours.http_site import http_site

BASE = "https://courier.example"


def a_sample(html: str) -> Sample:
    message = EmailMessage()
    message["From"] = "desk@courier.example"
    message.set_content("Text")
    message.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return Sample(about="the issue", data=message.as_bytes())


def test_links_of_all_renderings_are_asked_once_each_and_our_own_are_not() -> None:
    first = a_sample(
        '<a href="https://news.site/1">1</a><a href="https://courier.example/unsubscribe/x">x</a>'
    )
    second = a_sample('<a href="https://news.site/1">1</a><a href="http://other.site/">2</a>')
    assert outside_links([first, second], base_url=BASE) == ("https://news.site/1", "http://other.site/")


@pytest.mark.parametrize(
    "url",
    [
        "mailto:desk@courier.example",
        "#top",
        "https://old.courier.example/1",
        "https://example.com/",
        "http://localhost/",
        "http://[broken/",
        "tel:1",
    ],
)
def test_what_is_no_address_of_another_site_is_not_asked(url: str) -> None:
    assert outside_links([a_sample(f'<a href="{url}">x</a>')], base_url=BASE) == ()


async def test_what_is_gone_is_broken_and_what_refuses_us_is_not() -> None:
    async with http_site() as site:
        for status in (200, 301, 403, 404, 410, 429, 500):
            site.answers[f"/{status}"] = (status, {"Location": "/200"} if status == 301 else {}, b"x")
        urls = [f"{site.url}/{status}" for status in (200, 301, 403, 404, 410, 429, 500)]
        async with Client(FetchSettings(allow_hosts=(site.host,))) as client:
            found = await ask_links(client, urls)
    assert (found.links, found.asked) == (7, 7)
    assert found.broken == ((f"{site.url}/404", "not found"), (f"{site.url}/410", "gone"))
    assert site.most_open == 1


async def test_a_host_that_is_not_there_is_broken_and_a_private_one_is_not_dialled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    async with Client(FetchSettings(allow_hosts=(f"127.0.0.1:{port}",))) as client:
        found = await ask_links(client, [url, "http://127.0.0.1:1/"])
    said = dict(found.broken)
    assert said["http://127.0.0.1:1/"] == "it leads into a private network"
    assert url in said


async def test_a_server_that_hangs_costs_no_more_than_the_time_there_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with http_site(answers={"/1": "here"}) as site:
            settings = FetchSettings(allow_hosts=(site.host, f"127.0.0.1:{port}"), timeout=60)
            async with Client(settings) as client:
                found = await ask_links(client, [f"http://127.0.0.1:{port}/", f"{site.url}/1"], in_time=0.5)
    assert (found.links, found.asked, found.broken) == (2, 1, ())


async def test_an_issue_without_links_asks_nobody() -> None:
    async with Client(FetchSettings()) as client:
        assert (await ask_links(client, [])).asked == 0


def test_images_that_the_media_store_lacks_are_named(tmp_path: Path) -> None:
    (tmp_path / "there.jpg").write_bytes(b"image")
    (tmp_path / "empty.jpg").write_bytes(b"")
    names = ("there.jpg", "empty.jpg", "gone.jpg", "..%2fsecret.key")
    html = "".join(f'<img src="{BASE}/media/{name}">' for name in names) + '<img src="https://x.site/1.png">'
    assert lost_images([a_sample(html)], base_url=BASE, media_dir=tmp_path) == (
        "empty.jpg",
        "gone.jpg",
        "../secret.key",
    )
