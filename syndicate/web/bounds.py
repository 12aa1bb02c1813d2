"""What one connection may take of us: the size of a request's head, and the time until a request is there.

uvicorn has neither limit: heads would grow in memory, and half a request keeps a connection for ever.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# Browsers and proxies stop at 8 to 64 KB.
LONGEST_HEAD = 64 * 1024
# From the first byte of a request to its last; bodies have 64 KB at most.
PATIENCE_SECONDS = 30.0
BEGUN = -1


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 over uvicorn, within these bounds."""

    patience = PATIENCE_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _receiving = _in_head = False
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called once, before all else."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called once, after all else."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called for each packet; a head that ends in it is not too long."""
        self._size += len(data)
        super().data_received(data)
        if self._in_head and self._size < 0:
            self._size = self._parsed()
        if self._in_head and self._size > LONGEST_HEAD:
            self._refuse(431)
        elif not self._receiving:
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Called by the parser for each request."""
        self._receiving = self._in_head = True
        # How much of the packet is of this head is not known.
        self._size = BEGUN
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Called by the parser for each request."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser for each request."""
        self._receiving = False
        self._stop_waiting()
        super().on_message_complete()

    def _parsed(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self.flow.read_paused:
            # It is we who do not read on, until a former request is answered.
            self._wait()
        else:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        self._in_head = self._receiving = False
        if self.cycle is None or self.cycle.response_complete:
            dated = b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)
            self.transport.write(
                STATUS_LINE[status] + dated + b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()
