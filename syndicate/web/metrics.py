"""The figures of this process, for Prometheus."""

from starlette.requests import Request
from starlette.responses import Response

from syndicate.errors import NotFound
from syndicate.web.serving import serving


async def metrics(request: Request) -> Response:
    """What was counted, and how jobs and issues stand; for this machine, or for who has the token."""
    scrape = serving(request).scrape
    if scrape is None:
        raise NotFound("no metrics here")
    client = request.client.host if request.client else ""
    answer = await scrape.answer(client=client, headers=request.headers)
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
