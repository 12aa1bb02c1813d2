"""The configuration in docs/howto/nginx.md, in a real nginx before a real application."""

import gzip
import os
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import brotli
import pytest

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.model.feed import Format
from syndicate.model.site import WebSettings
from syndicate.publish.files import publish_files
from syndicate.store import feeds
from syndicate.store.database import Database
from tests.builders import FEED_ID, NOON, a_feed, a_feed_view, an_archive, an_entry
from tests.neighbours.ports import free_port, until_listening
from tests.neighbours.programs import needs
from tests.web.conftest import Answer, Running, a_site

HOWTO = Path(__file__).parents[2] / "docs/howto/nginx.md"
WRITE = {
    Format.RSS: rss.write,
    Format.ATOM: atom.write,
    Format.JSON: jsonfeed.write,
    Format.NINJS: ninjs.write,
    Format.HTML: lambda _: b"<!doctype html><title>All stories</title>",
}
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
HAS_BROTLI = BROTLI.is_file()
AROUND = """
{module}daemon off; worker_processes 1; {user}pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  include {folder}/syndicate.conf;
}}
"""


def example(site: Running, folder: Path, *, port: int) -> str:
    """The how-to's configuration, with its four things changed as it says, and its log in a folder."""
    found = re.search(r"```nginx\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    assert found
    changes = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "/srv/newsroom/var/public": str(site.serving.public_dir),
        "127.0.0.1:8080": site.base_url.removeprefix("http://"),
        "https://news.courier.example": site.base_url,
        "/var/log/nginx/syndicate.log": str(folder / "access.log"),
        "# brotli_static on;": "brotli_static on;" if HAS_BROTLI else "#",
    }
    text = found[1]
    for what, instead in changes.items():
        assert what in text
        text = text.replace(what, instead)
    return text


@contextmanager
def running(program: Path, site: Running, folder: Path) -> Iterator[str]:
    port = free_port()
    folder.mkdir()
    (folder / "syndicate.conf").write_text(example(site, folder, port=port), "utf-8")
    module = f"load_module {BROTLI}; " if HAS_BROTLI else ""
    # As another user it could not enter the test's folder.
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, module=module, user=user), "utf-8")
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        until_listening(port, process, lambda: (folder / "error.log").read_text("utf-8"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Front:
    """nginx with the application behind it; requests go to nginx."""

    nginx: Running
    site: Running

    def publish(self, title: str, *, number: int = 0) -> None:
        view = a_feed_view(an_entry(title=title), archive=an_archive(number, of=1))
        folder = self.site.serving.public_dir / "feeds"
        where, name = (folder / "all", str(number)) if number else (folder, "all")
        publish_files(where, {f"{name}.{form}": write(view) for form, write in WRITE.items()})

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.nginx.get(path, **headers)


@pytest.fixture
async def front(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Front]:
    program = needs("nginx")
    for names in (["all", "ended"], ["all"]):
        await sqlite_db.write(feeds.upsert_feeds, names, now=NOON, mint=lambda: FEED_ID)
    catalogue = {"feeds": {"all": a_feed(moved_from=("old",))}}
    settings = WebSettings(trusted_proxies=("127.0.0.1",), repeats=2)
    async with a_site(sqlite_db, tmp_path, catalogue=catalogue, settings=settings) as site:
        with running(program, site, tmp_path / "nginx") as address:
            found = Front(replace(site, base_url=address), site)
            found.publish("Ferry returns", number=1)
            found.publish("Ferry returns")
            yield found


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("name", ["all", "all/1"])
async def test_a_document_has_its_type_and_its_headers(front: Front, name: str, form: Format) -> None:
    ours = await front.site.get(f"/feeds/{name}.{form}")
    theirs = await front.get(f"/feeds/{name}.{form}")
    assert (theirs.status, theirs.body) == (200, ours.body)
    for header in (
        "Content-Type",
        "Cache-Control",
        "Last-Modified",
        "Access-Control-Allow-Origin",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "Referrer-Policy",
    ):
        assert theirs.headers[header] == ours.headers[header], header
    assert "nginx" in theirs.headers["Server"]
    assert "Set-Cookie" not in theirs.headers


@pytest.mark.parametrize(
    ("path", "rels"),
    [
        ("/feeds/all.rss", {"self": "/feeds/all.rss", "hub": "/hub"}),
        ("/feeds/all.html", {"self": "/feeds/all.html", "hub": "/hub"}),
        ("/feeds/all/1.json", {"self": "/feeds/all/1.json", "current": "/feeds/all.json"}),
    ],
)
async def test_a_document_has_its_links(front: Front, path: str, rels: dict[str, str]) -> None:
    said = (await front.get(path)).headers["Link"]
    assert said == ", ".join(f'<{front.site.base_url}{at}>; rel="{rel}"' for rel, at in rels.items())


async def test_it_is_compressed_without_work(front: Front) -> None:
    plain, packed = (
        await front.get("/feeds/all.rss"),
        await front.get("/feeds/all.rss", Accept_Encoding="gzip"),
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == (front.site.serving.public_dir / "feeds/all.rss.gz").read_bytes()
    assert gzip.decompress(packed.body) == plain.body
    assert "Accept-Encoding" in packed.headers["Vary"]
    if HAS_BROTLI:
        best = await front.get("/feeds/all.rss", Accept_Encoding="gzip, br")
        assert brotli.decompress(best.body) == plain.body


@pytest.mark.parametrize("accept", ["", "gzip"])
async def test_an_unchanged_document_is_a_304_and_a_changed_one_is_sent(front: Front, accept: str) -> None:
    first = await front.get("/feeds/all.atom", Accept_Encoding=accept)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    again = await front.get("/feeds/all.atom", Accept_Encoding=accept, If_None_Match=etag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["Cache-Control"] == "public, max-age=3600"
    dated = await front.get("/feeds/all.atom", Accept_Encoding=accept, If_Modified_Since=modified)
    assert dated.status == 304
    front.publish("Ferry returns to the islands")
    changed = await front.get("/feeds/all.atom", Accept_Encoding=accept, If_None_Match=etag)
    assert changed.status == 200
    body = gzip.decompress(changed.body) if accept else changed.body
    assert b"to the islands" in body


async def test_the_list_of_feeds_and_sitemaps_are_files(front: Front) -> None:
    files = {"feeds.opml": b"<opml/>", "sitemap.xml": b"<urlset/>", "sitemap-2026-11.xml": b"<urlset/>"}
    publish_files(front.site.serving.public_dir, files)
    for name in files:
        theirs, ours = await front.get(f"/{name}"), await front.site.get(f"/{name}")
        assert (theirs.status, theirs.body) == (200, files[name])
        assert theirs.headers["Content-Type"] == ours.headers["Content-Type"]


async def test_what_moved_and_what_ended_is_told_by_the_application(front: Front) -> None:
    moved = await front.get("/feeds/old/1.json")
    assert (moved.status, moved.headers["Location"]) == (301, f"{front.site.base_url}/feeds/all/1.json")
    assert (await front.get("/feeds/ended.rss")).status == 410
    assert (await front.get("/feeds/ended/4.atom")).status == 410
    assert (await front.get("/feeds/never.rss")).status == 404


async def test_a_reader_that_wants_what_changed_alone_gets_it(front: Front) -> None:
    first = await front.get("/feeds/all.rss", A_IM="feed")
    front.publish("Ferry returns to the islands")
    part = await front.get("/feeds/all.rss", A_IM="feed", If_None_Match=first.headers["ETag"])
    assert (first.status, part.status) == (200, 226)


async def test_a_browser_may_ask_for_permission(front: Front) -> None:
    answer = await front.nginx.ask("OPTIONS", "/feeds/all.json", headers={"Origin": "https://reader.example"})
    assert (answer.status, answer.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")


async def test_pages_come_from_the_application(front: Front) -> None:
    answer = await front.get("/")
    assert answer.status == 200
    assert "Harbour Courier" in answer.text
    assert (await front.get("/mailbox")).status == 404


async def test_half_written_files_and_siblings_are_not_for_readers(front: Front) -> None:
    (front.site.serving.public_dir / "feeds" / ".half.part").write_text("half")
    for path in ("/feeds/.half.part", "/feeds/all.rss.gz", "/feeds/", "/feeds/..%2f..%2fsyndicate.db"):
        assert (await front.get(path)).status in {400, 404}


async def test_the_application_counts_the_real_callers(front: Front) -> None:
    async def ask(caller: str) -> int:
        return (await front.get("/feeds/all.rss", A_IM="feed", X_Forwarded_For=caller)).status

    assert [await ask("203.0.113.7") for _ in range(3)] == [200, 200, 429]
    assert await ask("203.0.113.8") == 200


SECRETS = (
    "/confirm/TOKEN",
    "/unsubscribe/TOKEN",
    "/preferences/TOKEN?again=TOKEN",
    "/%75nsubscribe/TOKEN",
    "//unsubscribe/TOKEN",
    "/partners/quay-radio/all.rss?token=TOKEN&expires=1&signature=TOKEN",
    "/feeds/all.rss?token=TOKEN",
)


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], str]:
    """Everything that nginx has written down."""
    return lambda: "".join(path.read_text("utf-8") for path in (tmp_path / "nginx").glob("*.log"))


async def test_the_log_holds_no_secret_and_no_whole_address(front: Front, log: Callable[[], str]) -> None:
    for path in SECRETS:
        await front.get(path)
    # The last line is there once the next request is answered.
    await front.get("/healthz")
    lines = log().splitlines()
    assert "TOKEN" not in log()
    assert "127.0.0.1" not in log()
    assert any("127.0.0.0 [" in line and " GET /unsubscribe/- 400 " in line for line in lines)
    assert any(" GET /partners/quay-radio/all.rss " in line for line in lines)
    assert any(" GET /feeds/all.rss 200 " in line for line in lines)


async def test_nor_does_it_while_the_application_is_away(sqlite_db: Database, tmp_path: Path) -> None:
    program = needs("nginx")
    async with a_site(sqlite_db, tmp_path) as site:
        pass
    async with aiohttp.ClientSession() as http:
        gone = replace(site, http=http)
        with running(program, gone, tmp_path / "nginx") as address:
            front = Front(replace(gone, base_url=address), gone)
            for path in SECRETS[:-1]:
                assert (await front.get(path)).status == 502
            assert (await front.get("/healthz")).status == 502
        written = (tmp_path / "nginx" / "error.log").read_text("utf-8")
        assert "/healthz" in written
        assert "TOKEN" not in written + (tmp_path / "nginx" / "access.log").read_text("utf-8")
