"""Where mail providers tell of bounces and complaints; every one of them proves who it is."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from syndicate.deliver.hooks.posted import Posted
from syndicate.deliver.hooks.taking import Provider, Said, take_posted
from syndicate.errors import NotFound
from syndicate.web.serving import serving

STATUSES = {Said.TAKEN: 200, Said.UNSIGNED: 401, Said.MALFORMED: 400}


async def take(request: Request) -> Response:
    """POST of a provider. 200 once what it says is in the database, so that it need not come again."""
    here, name = serving(request), request.path_params["provider"]
    if here.returning is None or name not in set(Provider):
        raise NotFound("no webhook")
    posted = Posted(headers=dict(request.headers), body=await request.body())
    said = await take_posted(here.returning, Provider(name), posted)
    if said is Said.OFF:
        raise NotFound("no webhook")
    return PlainTextResponse(f"{said}\n", STATUSES[said], headers={"cache-control": "no-store"})
