"""The embedded hub's address: subscribers and publishers post to it (W3C WebSub, section 5.1)."""

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from syndicate.errors import NotFound
from syndicate.partner.hub import asking
from syndicate.partner.hub.asking import Answer, Said
from syndicate.web.guard import client_address
from syndicate.web.serving import serving

MAX_BODY = 16_384
MAX_FIELDS = 50
FORM = "application/x-www-form-urlencoded"
STATUSES = {Said.ACCEPTED: 202, Said.MALFORMED: 400, Said.UNKNOWN: 404, Said.TOO_MANY: 429}


async def take(request: Request) -> Response:
    """POST of a request to subscribe, unsubscribe or publish. Whoever asks another hub's is sent there."""
    here = serving(request)
    hubbing = here.hubbing
    if hubbing is None or not here.catalogue.hub_url:
        raise NotFound("no hub")
    if hubbing.hub.is_outside:
        return RedirectResponse(hubbing.hub.url, 308)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        return PlainTextResponse(f"A request to a hub is a form: Content-Type: {FORM}\n", 415)
    body = await _body(request)
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        return PlainTextResponse(f"The form must be UTF-8, with {MAX_FIELDS} fields at most\n", 400)
    caller = client_address(request, here.settings.trusted_proxies)
    return _told(await asking.ask(hubbing, fields, caller=caller))


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    return body


def _told(answer: Answer) -> Response:
    headers = {"cache-control": "no-store"}
    if answer.retry_after:
        headers["retry-after"] = str(answer.retry_after)
    return PlainTextResponse(f"{answer.text}\n", STATUSES[answer.said], headers=headers)
