"""Web archive files for tests: written by the archives' own library, or by hand to be ruder than it."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

OLD = "https://old.courier.example"
BODY = "<p>The ferry sailed at dawn with forty passengers and one piano on its open deck.</p>" + (
    "<p>The harbour master said that the tide had been kind, and that the next crossing leaves at noon "
    "whatever the weather on the islands may bring to the quay.</p>" * 3
)


def a_page(headline: str = "Ferry returns", body: str = BODY) -> bytes:
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{headline}</title></head><body>"
        f"<article><h1>{headline}</h1>{body}</article></body></html>"
    ).encode()


class Written:
    """A WARC in the making."""

    def __init__(self, *, packed: bool = True) -> None:
        self.out = io.BytesIO()
        self.writer = WARCWriter(self.out, gzip=packed)

    def add(
        self,
        url: str,
        payload: bytes,
        *,
        at: str = "2012-01-02T03:04:05Z",
        kind: str = "response",
        status: str = "200 OK",
        headers: Mapping[str, str] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> "Written":
        """One record; `headers` are HTTP's (or a resource's own type), `told` the record's."""
        http = {"Content-Type": "text/html"} | dict(headers or {})
        record = self.writer.create_warc_record(
            url if "://" in url else OLD + url,
            kind,
            payload=io.BytesIO(payload),
            warc_content_type=http["Content-Type"] if kind == "resource" else "",
            http_headers=None
            if kind == "resource"
            else StatusAndHeaders(status, list(http.items()), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": at} | dict(told or {}),
        )
        self.writer.write_record(record)
        return self

    def repeat(self, url: str, of: bytes, *, at: str) -> "Written":
        """A revisit: at that time the address gave the payload of another record."""
        digest = self._digest(of)
        record = self.writer.create_revisit_record(
            OLD + url,
            digest,
            OLD + url,
            "2012-01-02T03:04:05Z",
            http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": at},
        )
        self.writer.write_record(record)
        return self

    def _digest(self, payload: bytes) -> str:
        record = Written().writer.create_warc_record(
            OLD,
            "response",
            payload=io.BytesIO(payload),
            http_headers=StatusAndHeaders("200 OK", [], protocol="HTTP/1.1"),
        )
        WARCWriter(io.BytesIO(), gzip=False).write_record(record)
        return str(record.rec_headers.get_header("WARC-Payload-Digest"))

    @property
    def data(self) -> bytes:
        """The file."""
        return self.out.getvalue()

    def save(self, path: Path) -> Path:
        """Write it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.data)
        return path


def an_arc(records: Iterable[tuple[str, str, bytes]], *, version: int = 1) -> bytes:
    """An ARC of (address, 14 digits, HTTP answer)."""
    names = "URL IP-address Archive-date Content-type Archive-length"
    about = f"{version} 0 InternetArchive\n{names}\n".encode()
    parts = [b"filedesc://a.arc 0.0.0.0 20050101000000 text/plain %d\n%s\n" % (len(about), about)]
    for url, date, answer in records:
        between = " 200 - - 99 a.arc" if version == 2 else ""
        head = f"{url} 192.0.2.1 {date} text/html{between} {len(answer)}\n"
        parts += [head.encode(), answer, b"\n"]
    return b"".join(parts)


def an_answer(payload: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer as it comes over the wire."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def a_record(block: bytes, *, url: str = f"{OLD}/a", length: int | None = None, **told: str) -> bytes:
    """A WARC response by hand, of whatever length it claims."""
    lines = ["WARC/1.0", "WARC-Type: response", f"WARC-Target-URI: {url}", "WARC-Date: 2012-01-02T03:04:05Z"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
    lines += [f"Content-Length: {len(block) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)
