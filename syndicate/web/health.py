"""Whether a process is alive, and whether it is ready: on the pages' port, or on one of its own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from syndicate.telemetry.scrape import Scrape

Tell = Callable[[], Awaitable[Mapping[str, object]]]
READY = "ready"
FRESH = {"cache-control": "no-store"}
LATER = {"retry-after": "5"}
METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS"]


async def alive(_request: Request) -> Response:
    """The process answers: whoever would restart it looks here, and an outage elsewhere is none of it."""
    return JSONResponse({"status": "ok"}, headers=FRESH)


async def ready(request: Request) -> Response:
    """200 while it does its part, else 503: whoever sends it requests looks here."""
    tell: Tell = request.app.state.tell
    told = await tell()
    status = 200 if told["status"] == READY else 503
    return JSONResponse(dict(told), status_code=status, headers=FRESH)


async def metrics(request: Request) -> Response:
    """The figures of a process that serves no pages; none before its database is there."""
    scrape: Scrape | None = request.app.state.scrape()
    if scrape is None:
        return JSONResponse({"status": "waiting for the database"}, status_code=503, headers=FRESH)
    client = request.client.host if request.client else ""
    answer = await scrape.answer(client=client, headers=request.headers)
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))


async def reaches(db: Any) -> Mapping[str, object]:
    """What is told where nobody knows more: whether the database answers. Raises DatabaseBusy."""
    await db.read(_nothing)
    return {"status": READY, "database": "reached"}


def create_health(tell: Tell, scrape: Callable[[], Scrape | None], *, other: int = 404) -> ASGIApp:
    """The application of a process without pages; `scrape` gives what counts, once it is there.

    `other` is the status of every other address: 503 where pages are still to come.
    """

    async def nothing_else(_request: Request) -> Response:
        return JSONResponse({"status": "not here" if other == 404 else "later"}, other, LATER | FRESH)

    routes = [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]
    starlette = Starlette(routes=[*routes, Route("/{path:path}", nothing_else, methods=METHODS)])
    starlette.state.tell, starlette.state.scrape = tell, scrape
    return starlette


def _nothing(_conn: object) -> None:
    """Opens a connection, which is the whole question."""
