"""Answers that stand ready are written at once, without a task, an ASGI message or a list of headers.

Most of what a server of feeds is asked for is one document, or a 304 for it. uvicorn's way through ASGI costs
several times as much as the answer itself; whatever is not as simple as this goes that way.
"""

from types import SimpleNamespace
from typing import Any, Protocol, cast

from syndicate.web.bounds import BoundedProtocol
from syndicate.web.conditions import RawHeaders

# What uvicorn asks about the request before: it is answered, and nobody waits for its body.
ANSWERED = SimpleNamespace(
    response_complete=True, keep_alive=True, message_event=SimpleNamespace(set=lambda: None)
)
# Above it a second write costs less than a copy.
JOINED = 65_536


class Ready(Protocol):
    """An application that has answers ready."""

    def ready(
        self, url: bytes, headers: RawHeaders, client: tuple[str, int] | None
    ) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to a GET; the head lacks its Date. None where ASGI has to answer."""
        ...


class QuickProtocol(BoundedProtocol):
    """HTTP/1.1 over uvicorn, with the short way for what stands ready."""

    def on_headers_complete(self) -> None:
        """Called by the parser for each request."""
        found = self._found() if self._is_plain() else None
        if found is None:
            super().on_headers_complete()
            return
        self._in_head = False
        head, body = found
        dated = b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)
        self.cycle = cast(Any, ANSWERED)
        if len(body) > JOINED:
            self.transport.write(b"".join((head, dated, b"\r\n")))
            self.transport.write(body)
        else:
            self.transport.write(b"".join((head, dated, b"\r\n", body)))
        self.on_response_complete()

    def _found(self) -> tuple[bytes, bytes] | None:
        return cast(Ready, self.app).ready(self.url, self.headers, self.client)

    def _is_plain(self) -> bool:
        """A GET on a connection that stays open, after requests that are answered, to a client that reads."""
        parser, former = self.parser, self.cycle
        return bool(
            parser.get_method() == b"GET"
            and (former is None or former.response_complete)
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not (self.expect_100_continue or parser.should_upgrade())
            and not (self.flow.write_paused or self.transport.is_closing())
        )
