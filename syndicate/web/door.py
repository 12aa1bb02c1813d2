"""What answers a port from a process's first moment: how it is, and the pages once there are pages."""

from starlette.types import ASGIApp, Receive, Scope, Send

from syndicate.web.conditions import RawHeaders
from syndicate.web.feeds import FeedFiles


class Door:
    """Hands requests to `inner`, until `open` is called with what they are for."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner
        self._pages: FeedFiles | None = None

    def open(self, pages: FeedFiles) -> None:
        """From now on, to the pages and feeds."""
        self._inner = self._pages = pages

    def ready(
        self, url: bytes, headers: RawHeaders, client: tuple[str, int] | None
    ) -> tuple[bytes, bytes] | None:
        """The answer that stands ready, if there is one."""
        return self._pages.ready(url, headers, client) if self._pages else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by whoever is there."""
        await self._inner(scope, receive, send)
