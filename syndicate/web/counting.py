"""Counting answers by route and status; a path may hold a token, and is never told."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syndicate.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from syndicate.telemetry.tallies import OTHER
from syndicate.telemetry.tracing import span

# Published files are found by their path alone, before any route.
FILES = "files"


class Counted:
    """Wraps the application of these routes."""

    def __init__(self, app: ASGIApp, routes: Iterable[Route]) -> None:
        self.app = app
        self._paths: dict[Any, str] = {route.endpoint: route.path for route in reversed(list(routes))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span("web.request") as told:
            try:
                await self.app(scope, receive, watched)
            finally:
                # Starlette leaves in the scope what it found.
                route = self._paths.get(scope.get("endpoint"), OTHER)
                REQUESTS.add(1, route, str(status))
                REQUEST_SECONDS.observe(perf_counter() - began, route)
                told.note(route=route, status=status, outcome="failed" if status >= 500 else "done")


def counted_files(send: Send) -> Send:
    """The same `send`, for published files."""

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            REQUESTS.tick((FILES, str(message["status"])))
        await send(message)

    return watched
