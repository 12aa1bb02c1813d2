"""Documents of partners over HTTP: who gets them, what is refused, and what is written down of it."""

import asyncio
import gzip
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
import pytest

from syndicate.model.feed import Format
from syndicate.partner.gate import Gate
from syndicate.partner.log import DeliveryLog, uses_of_refusals
from syndicate.partner.signing import read_address, sign_query
from syndicate.partner.tokens import revoke, rotate_tokens
from syndicate.publish.files import publish_files
from syndicate.store import partner_log, partner_receipts
from syndicate.store.database import Database
from syndicate.store.partner_log import Handed
from syndicate.store.partner_receipts import Holding
from syndicate.web.attempts import CALLERS, MOST, Attempts
from tests.partner.desks import ITEM, KEYS, Desk, a_partner, desk_of, partners_of_the_harbour, sha
from tests.web.conftest import Answer, Running, a_site

ATOM = "/partners/quay-radio/all.atom"
HELD = Holding(item_id=ITEM, revision=1)
GONE = Holding(item_id=ITEM, revision=1, withdrawn=True)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A desk whose documents are served."""

    desk: Desk
    gate: Gate
    site: Running

    async def get(self, path: str = ATOM, secret: str = "", **headers: str) -> Answer:
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        return await self.site.get(path, **headers)

    async def log(self, partner: str = "quay-radio") -> list[Handed]:
        await self.gate.log.flush()
        return await self.desk.db.read(partner_log.list_deliveries, partner)

    async def refused(self) -> dict[str, int]:
        await self.gate.log.flush()
        uses = await self.desk.db.read(partner_log.list_uses)
        counts: Counter[str] = Counter()
        for use in uses:
            counts[use.partner] += use.refused
        return dict(counts)


@asynccontextmanager
async def serving(db: Database, folder: Path, **change: Any) -> AsyncIterator[Served]:
    desk = desk_of(db, folder)
    desk.has_item()
    gate = desk.gate(**change)
    async with a_site(db, folder, gate=gate, now=desk.clock) as site:
        yield Served(desk=desk, gate=gate, site=site)
    await gate.log.close()


@pytest.fixture
async def served(db: Database, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(db, tmp_path) as running:
        yield running


@pytest.fixture
async def light(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Served]:
    """For what the kind of database has no part in."""
    async with serving(sqlite_db, tmp_path) as running:
        yield running


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def signed(desk: Desk, token_id: int, *, partner: str = "quay-radio", file: str = "all.atom") -> str:
    address = read_address(partner, file)
    expires = desk.clock() + timedelta(days=30)
    return f"{address.path}?{sign_query(KEYS, address, token_id=token_id, expires=expires)}"


async def test_a_token_opens_a_document_as_bearer_as_password_and_by_its_signature(served: Served) -> None:
    data = served.desk.publish(HELD)
    made = served.desk.token()
    ways: list[tuple[str, dict[str, str]]] = [
        (ATOM, {"Authorization": f"Bearer {made.secret}"}),
        (ATOM, {"Authorization": f"bearer   {made.secret} "}),
        (ATOM, {"Authorization": basic("quay-radio", made.secret)}),
        (signed(served.desk, made.id), {}),
        (signed(served.desk, made.id) + "&utm_source=x", {}),
    ]
    for path, headers in ways:
        answer = await served.site.get(path, **headers)
        assert (answer.status, answer.body) == (200, data), (path, headers)


async def test_what_is_private_says_so_to_caches_browsers_and_searches(light: Served) -> None:
    light.desk.publish(HELD)
    answer = await light.get(secret=light.desk.token().secret)
    assert answer.headers["Cache-Control"] == "private, max-age=0"
    assert "Authorization" in answer.headers["Vary"]
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert 'rel="self"' in answer.headers["Link"]
    preflight = await light.site.ask("OPTIONS", ATOM)
    assert "Access-Control-Allow-Origin" not in preflight.headers


async def test_a_partner_that_has_the_newest_gets_304_and_a_head_gets_headers_alone(served: Served) -> None:
    data = served.desk.publish(HELD)
    secret = served.desk.token().secret
    whole = await served.get(secret=secret)
    again = await served.get(secret=secret, If_None_Match=whole.headers["ETag"])
    dated = await served.get(secret=secret, If_Modified_Since=whole.headers["Last-Modified"])
    head = await served.site.ask("HEAD", ATOM, headers={"Authorization": f"Bearer {secret}"})
    assert [one.status for one in (again, dated, head)] == [304, 304, 200]
    assert (again.body, head.body) == (b"", b"")
    assert head.headers["Content-Length"] == str(len(data))
    logged = [(one.status, one.size, bool(one.content)) for one in await served.log()]
    assert logged == [(200, 0, False), (304, 0, False), (304, 0, True), (200, len(data), True)]


@pytest.mark.parametrize(("encoding", "decode"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
async def test_compressed_siblings_are_served(light: Served, encoding: str, decode: Any) -> None:
    data = light.desk.publish(HELD, data=b"<feed>" + b"ferry " * 500 + b"</feed>")
    publish_files(light.desk.folder / "quay-radio", {"all.atom": data})
    answer = await light.get(secret=light.desk.token().secret, Accept_Encoding=encoding)
    assert answer.headers["Content-Encoding"] == encoding
    assert decode(answer.body) == data
    assert (await light.log())[0].size == len(answer.body)


async def test_nobody_learns_a_name_by_being_refused(served: Served) -> None:
    served.desk.publish(HELD)
    served.desk.publish(HELD, partner="lighthouse")
    made = served.desk.token()
    other = served.desk.token("lighthouse")
    retired = served.desk.token("no-longer-there")
    refused = [
        await served.get(),
        await served.get(secret="syndicate_wrong"),
        await served.get(secret=other.secret),
        await served.get("/partners/nobody/all.atom", secret=made.secret),
        await served.get("/partners/no-longer-there/all.atom", secret=retired.secret),
        await served.get("/partners/quay-radio/secret-plans.atom"),
        await served.get("/partners/quay-radio/x"),
        await served.site.get(ATOM, Authorization=basic("lighthouse", made.secret)),
        await served.site.get(signed(served.desk, other.id)),
    ]
    assert {one.status for one in refused} == {401}
    assert len({one.body for one in refused}) == 1
    assert len({tuple(sorted(set(one.headers) - {"date"})) for one in refused}) == 1
    challenges = refused[0].headers.getall("WWW-Authenticate")  # type: ignore[attr-defined]
    assert [one.split()[0] for one in challenges] == ["Basic", "Bearer"]
    assert refused[0].headers["Cache-Control"] == "no-store"
    assert await served.refused() == {"": 2, "quay-radio": 7}


async def test_a_partner_gets_403_for_other_feeds_and_404_for_formats_it_does_not_get(
    sqlite_db: Database, tmp_path: Path
) -> None:
    parties = {"quay-radio": a_partner(formats=(Format.ATOM,))}
    async with serving(sqlite_db, tmp_path, catalogue=partners_of_the_harbour(partners=parties)) as served:
        secret = served.desk.token().secret
        foreign = await served.get("/partners/quay-radio/ports.atom", secret=secret)
        made_up = await served.get("/partners/quay-radio/made-up.atom", secret=secret)
        assert (foreign.status, foreign.body) == (made_up.status, made_up.body)
        assert foreign.status == 403
        other_form = await served.get("/partners/quay-radio/all.rss", secret=secret)
        assert (other_form.status, b"atom" in other_form.body) == (404, True)
        early = await served.get(secret=secret)
        assert (early.status, early.text) == (404, "This document is not published yet.\n")
        assert (await served.site.post(ATOM)).status == 405


ODD = {
    "no scheme": "syndicate_x",
    "an unknown scheme": "Digest username=quay-radio",
    "bad base64": "Basic %%%",
    "base64 without a colon": "Basic " + b64encode(b"quay-radio").decode(),
    "an empty password": basic("quay-radio", ""),
    "an empty user": basic("", "{secret}"),
    "bytes that are no UTF-8": "Basic " + b64encode(b"quay-radio:\xff\xfe").decode(),
    "Persian": basic("رادیو", "گذرواژه"),
    "an empty bearer": "Bearer ",
    "a huge one": "Bearer " + "x" * 5000,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
async def test_odd_credentials_open_nothing_and_break_nothing(light: Served, odd: str) -> None:
    light.desk.publish(HELD)
    made = light.desk.token()
    answer = await light.site.get(ATOM, Authorization=odd.replace("{secret}", made.secret))
    assert answer.status == 401


async def test_bytes_in_a_header_that_no_charset_has_are_refused(light: Served) -> None:
    light.desk.publish(HELD)
    host, port = light.site.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {ATOM} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode())
    writer.write(b"Authorization: Bearer \xff\xfe\xd9\x85\r\n\r\n")
    status = await reader.readline()
    writer.close()
    assert b" 401 " in status or b" 400 " in status


async def test_of_two_authorization_headers_neither_counts(light: Served) -> None:
    light.desk.publish(HELD)
    secret = light.desk.token().secret
    twice = [("Authorization", f"Bearer {secret}"), ("Authorization", f"Bearer {secret}")]
    assert (await light.site.ask("GET", ATOM, headers=twice)).status == 401


async def test_a_header_is_believed_alone(light: Served) -> None:
    light.desk.publish(HELD)
    path = signed(light.desk, light.desk.token().id)
    assert (await light.site.get(path)).status == 200
    assert (await light.get(path, secret="syndicate_wrong")).status == 401


async def test_a_token_counts_until_it_expires_or_is_revoked(served: Served) -> None:
    served.desk.publish(HELD)
    brief = served.desk.token(age=timedelta(days=90))
    lasting = served.desk.token()
    urls = [signed(served.desk, made.id) for made in (brief, lasting)]
    served.desk.clock.pass_(timedelta(days=90) - timedelta(seconds=1))
    assert (await served.get(secret=brief.secret)).status == 200
    served.desk.clock.pass_(timedelta(seconds=1))
    assert (await served.get(secret=brief.secret)).status == 401
    assert (await served.site.get(urls[0])).status == 401
    assert (await served.get(secret=lasting.secret)).status == 200
    served.desk.db.write_now(revoke, "quay-radio", lasting.id, now=served.desk.clock())
    assert (await served.get(secret=lasting.secret)).status == 401


async def test_revoking_a_token_ends_the_urls_signed_with_it(served: Served) -> None:
    served.desk.publish(HELD)
    first, second = served.desk.token(), served.desk.token()
    urls = [signed(served.desk, made.id) for made in (first, second)]
    served.desk.db.write_now(revoke, "quay-radio", first.id, now=served.desk.clock())
    assert [(await served.site.get(url)).status for url in urls] == [401, 200]
    served.desk.clock.pass_(timedelta(days=30))
    assert (await served.site.get(urls[1])).status == 401


async def test_partners_are_served_without_a_break_while_tokens_rotate(served: Served) -> None:
    served.desk.publish(HELD)
    secrets = [served.desk.token().secret]
    done = asyncio.Event()

    async def poll() -> set[int]:
        statuses = set()
        while not done.is_set():
            # A partner takes up a new token some time after it was made.
            for secret in secrets[-2:]:
                statuses.add((await served.get(secret=secret)).status)
        return statuses

    polls = [asyncio.create_task(poll()) for _ in range(4)]
    for _ in range(8):
        now = served.desk.clock.pass_(timedelta(hours=20))
        made = await served.desk.db.write(rotate_tokens, "quay-radio", now=now, grace=timedelta(days=7))
        secrets.append(made.secret)
    done.set()
    assert set().union(*await asyncio.gather(*polls)) == {200}
    served.desk.clock.pass_(timedelta(days=7))
    statuses = [(await served.get(secret=secret)).status for secret in secrets]
    assert statuses == [401] * 8 + [200]


TAMPERED = {
    "another partner": ("/partners/quay-radio/", "/partners/lighthouse/"),
    "another feed": ("/all.", "/ports."),
    "another format": (".atom", ".rss"),
    "another token": ("token=1", "token=2"),
    "a later end": ("expires=1", "expires=2"),
    "a longer end": ("expires=", "expires=0"),
    "a negative end": ("expires=", "expires=-"),
    "an end in other digits": ("expires=1", "expires=١"),
    "another signature": ("signature=", "signature=A"),
    "no signature": ("&signature=", "&signed="),
    "no token": ("token=", "tok="),
    "a second token": ("?token=1", "?token=2&token=1"),
    "a second end": ("&signature", "&expires=9999999999&signature"),
}


@pytest.mark.parametrize(("old", "new"), TAMPERED.values(), ids=list(TAMPERED))
async def test_nothing_of_a_signed_url_can_be_changed(light: Served, old: str, new: str) -> None:
    for partner in ("quay-radio", "lighthouse"):
        for feed in ("all", "ports"):
            for form in (Format.ATOM, Format.RSS):
                light.desk.publish(HELD, partner=partner, feed=feed, form=form)
    url = signed(light.desk, light.desk.token().id)
    light.desk.token()
    light.desk.token("lighthouse")
    assert (await light.site.get(url)).status == 200
    assert old in url
    assert (await light.site.get(quote(url.replace(old, new), safe="/?=&"))).status == 401


async def test_a_signed_url_may_be_spelled_as_programs_spell_paths(light: Served) -> None:
    light.desk.publish(HELD)
    url = signed(light.desk, light.desk.token().id)
    assert (await light.site.get(url.replace("quay-radio", "quay%2Dradio"))).status == 200


async def test_a_signed_url_names_itself_and_the_hub_and_a_token_s_answer_names_no_signature(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with serving(sqlite_db, tmp_path) as served:
        served.desk.publish(HELD)
        made = served.desk.token()
        url = signed(served.desk, made.id)
        by_url = await served.site.get(url)
        by_token = await served.get(secret=made.secret)
        assert "signature" not in by_token.headers["Link"]
        hub = served.gate.catalogue.hub_url
        assert (f'<https://news.example{url}>; rel="self"' in by_url.headers["Link"]) is bool(hub)
        assert (f'<{hub}>; rel="hub"' in by_url.headers["Link"]) is bool(hub)


async def test_failures_are_told_to_wait_and_a_right_token_is_let_in_all_the_same(light: Served) -> None:
    light.desk.publish(HELD)
    secret = light.desk.token().secret
    statuses = [(await light.get(secret=f"syndicate_{number}")).status for number in range(MOST + 2)]
    assert statuses == [401] * MOST + [429] * 2
    last = await light.get(secret="syndicate_again")
    assert int(last.headers["Retry-After"]) > 0
    assert (await light.get(secret=secret)).status == 200
    assert await light.refused() == {"quay-radio": MOST + 3}


def test_attempts_are_counted_by_network_forgotten_in_time_and_bounded() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    assert attempts.fail("2001:db8::1") == (1, 600)
    assert attempts.fail("2001:db8::2") == (2, 600)
    assert attempts.fail("2001:db8:0:1::1") == (1, 600)
    assert attempts.fail("not an address") == (1, 600)
    now[0] = 599.0
    assert attempts.fail("2001:db8::1") == (3, 1)
    now[0] = 600.0
    assert attempts.fail("2001:db8::1") == (1, 600)
    for number in range(CALLERS + 10):
        attempts.fail(f"{number}")
    assert attempts.fail("2001:db8::1")[0] == 1


async def test_every_step_of_a_withdrawal_is_on_record(served: Served) -> None:
    desk, secret = served.desk, served.desk.token().secret

    async def receipt() -> tuple[int, bool] | None:
        await served.gate.log.flush()
        found = await desk.db.read(partner_receipts.list_receipts, partner="quay-radio")
        return (found[0].revision, found[0].withdrawal is not None) if found else None

    desk.publish(HELD)
    assert await receipt() is None
    await served.get(secret=secret)
    assert await receipt() == (1, False)
    desk.clock.pass_(timedelta(hours=1))
    desk.withdraw()
    desk.publish(GONE)
    assert await receipt() == (1, False)
    await served.get(secret=secret)
    assert await receipt() == (1, True)
    desk.clock.pass_(timedelta(hours=1))
    desk.restore()
    desk.publish(Holding(item_id=ITEM, revision=2))
    await served.get(secret=secret)
    assert await receipt() == (2, False)


async def test_the_receipt_of_a_withdrawal_is_written_before_the_last_byte(served: Served) -> None:
    desk, secret = served.desk, served.desk.token().secret
    desk.publish(HELD)
    await served.get(secret=secret)
    await served.gate.log.flush()
    desk.clock.pass_(timedelta(hours=1))
    desk.withdraw()
    desk.publish(GONE)
    await served.get(secret=secret)
    # Nothing is flushed here: a process killed now leaves the receipt.
    [receipt] = await desk.db.read(partner_receipts.list_receipts, partner="quay-radio")
    assert receipt.withdrawal == desk.clock()


async def test_what_a_killed_process_had_not_written_is_confirmed_by_the_next_304(served: Served) -> None:
    desk, secret = served.desk, served.desk.token().secret
    desk.publish(HELD)
    whole = await served.get(secret=secret)
    # The same as being killed here.
    served.gate.log._waiting.clear()
    assert await served.log() == []
    await served.get(secret=secret, If_None_Match=whole.headers["ETag"])
    assert [one.status for one in await served.log()] == [304]
    [receipt] = await desk.db.read(partner_receipts.list_receipts, partner="quay-radio")
    assert receipt.revision == 1


async def test_a_304_for_a_star_is_no_evidence(light: Served) -> None:
    light.desk.publish(HELD)
    secret = light.desk.token().secret
    assert (await light.get(secret=secret, If_None_Match="*")).status == 304
    assert [one.content for one in await light.log()] == [""]
    assert await light.desk.db.read(partner_receipts.list_receipts) == []


class WatchedLog(DeliveryLog):
    """Tells when something was noted."""

    noted = asyncio.Event()

    def note(self, handed: Handed) -> None:
        super().note(handed)
        self.noted.set()


async def test_an_answer_that_was_broken_off_is_no_evidence(sqlite_db: Database, tmp_path: Path) -> None:
    log = WatchedLog(sqlite_db)
    async with serving(sqlite_db, tmp_path, log=log) as served:
        served.desk.publish(HELD, data=b"<feed>" + b"x" * 20_000_000 + b"</feed>")
        secret = served.desk.token().secret
        host, port = served.site.base_url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {ATOM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode())
        await writer.drain()
        writer.transport.abort()
        await log.noted.wait()
        assert [(one.status, one.content) for one in await served.log()] == [(200, "")]
        assert await served.desk.db.read(partner_receipts.list_receipts) == []


async def test_the_log_tells_which_token_and_which_document(served: Served) -> None:
    data = served.desk.publish(HELD)
    made = served.desk.token()
    await served.get(secret=made.secret)
    await served.site.get(signed(served.desk, made.id))
    logged = await served.log()
    assert {(one.feed, one.form, one.how, one.content, one.token_id) for one in logged} == {
        ("all", "atom", "fetch", sha(data), made.id)
    }
    assert len(logged) == 2


def test_refusals_are_counts_and_no_rows() -> None:
    [use] = uses_of_refusals(Counter({("quay-radio", "all", "rss", "2026-03-01"): 3}))
    assert (use.refused, use.fetched, use.last) == (3, 0, None)
