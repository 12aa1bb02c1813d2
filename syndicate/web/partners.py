"""The documents of partners: for those who bring a token, out of every shared cache, and each one logged."""

from dataclasses import dataclass
from hashlib import sha256

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syndicate.errors import NotFound, TryLater
from syndicate.formats.entry import uri
from syndicate.model import links
from syndicate.model.feed import MEDIA_TYPES, Format, content_type
from syndicate.partner.access import Access
from syndicate.partner.gate import (
    Gate,
    Verdict,
    document_path,
    judge,
    let_in,
    note_answer,
    note_refusal,
    owes_receipt,
    read_credential,
)
from syndicate.partner.signing import Address, read_address
from syndicate.web.attempts import MOST, Attempts
from syndicate.web.conditions import RawHeaders
from syndicate.web.documents import Document, one
from syndicate.web.feeds import respond
from syndicate.web.guard import client_address
from syndicate.web.loaded import Loaded, without
from syndicate.web.memory import Memory
from syndicate.web.serving import serving

log = structlog.get_logger()

MEMORY = 64_000_000
REALM = "Documents of partners"
# RFC 9110, section 11.6.1, allows one field for both; not every client finds the second one there.
CHALLENGES = (f'Basic realm="{REALM}", charset="UTF-8"', f'Bearer realm="{REALM}"')
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex", "vary": "Authorization"}
NOINDEX = (b"x-robots-tag", b"noindex")


class PartnerFiles:
    """What one process keeps for partners: documents in memory, and who tried in vain."""

    def __init__(self) -> None:
        self.memory = Memory(MEMORY)
        self.attempts = Attempts()


async def document(request: Request) -> ASGIApp:
    """GET of `/partners/PARTNER/FEED.FORM`."""
    here = serving(request)
    gate = here.gate
    if gate is None:
        raise NotFound("no documents of partners")
    address = read_address(request.path_params["partner"], request.path_params["file"])
    given = [value for name, value in request.scope["headers"] if name == b"authorization"]
    query = request.scope["query_string"].decode("latin-1")
    credential = read_credential(gate, address, authorization=given, query=query)
    access = await let_in(gate, address, credential)
    verdict = judge(gate.catalogue, address, access)
    if access is None or verdict is not Verdict.GRANTED:
        return _refuse(request, gate, address, verdict)
    files: PartnerFiles = request.app.state.partner_files
    loaded = await files.memory.get(address.path, _document(gate, address))
    if loaded is None and here.shelf is not None:
        raise TryLater("partners' documents are not in the storage: this node has to share [storage] folder")
    if loaded is None:
        return PlainTextResponse("This document is not published yet.\n", 404, PRIVATE)
    url = links.absolute(gate.catalogue.site.base_url, address.path)
    topic = f"{url}?{query}" if credential.token_id else ""
    return Handing(gate=gate, address=address, access=access, loaded=loaded, topic=topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """Answers with a document that was granted, and writes down what the partner then holds.

    `topic` is the signed URL that it came by, empty for a token.
    """

    gate: Gate
    address: Address
    access: Access
    loaded: Loaded
    topic: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        request, status, owed = Request(scope, receive), 0, False

        async def watched(message: Message) -> None:
            nonlocal status, owed
            if message["type"] == "http.response.start":
                status = message["status"]
                # Before the first byte: a database that is away is an answer of its own.
                owed = _is_whole(scope, status) and await owes_receipt(
                    self.gate, self.access, self._content()
                )
                await send({**message, "headers": self._described(message["headers"])})
            elif _is_whole(scope, status):
                await self._hand_over(request, send, message["body"], owed=owed)
            else:
                self._note(
                    status, content=self._content() if status == 304 and _names_version(request) else ""
                )
                await send(message)

        await respond(scope, watched, self.loaded)

    async def _hand_over(self, request: Request, send: Send, body: bytes, *, owed: bool) -> None:
        # The last byte waits for the receipt: who has a withdrawal whole has it on record too, and an answer
        # that was broken off before is no evidence of anything.
        await send({"type": "http.response.body", "body": body[:-1], "more_body": True})
        if await request.is_disconnected():
            self._note(200, size=len(body) - 1)
            return
        self._note(200, size=len(body), content=self._content())
        # A database that is away keeps no withdrawal from a partner: then the log is written when it is back.
        if owed:
            await self.gate.log.flush()
        await send({"type": "http.response.body", "body": body[-1:]})

    def _note(self, status: int, *, size: int = 0, content: str = "") -> None:
        note_answer(self.gate, self.access, self.address, status=status, size=size, content=content)

    def _content(self) -> str:
        return sha256(self.loaded.bodies[b"identity"]).hexdigest()

    def _described(self, headers: RawHeaders) -> RawHeaders:
        hub = self.gate.catalogue.hub_url
        if not (self.topic and hub):
            return [*headers, NOINDEX]
        # A subscriber takes the topic from here (W3C WebSub, section 4); the document knows no signature.
        said = ", ".join((one(uri(self.topic), "self"), one(hub, "hub")))
        return [*without(headers, b"link"), (b"link", said.encode()), NOINDEX]


def _is_whole(scope: Scope, status: int) -> bool:
    return status == 200 and scope["method"] == "GET"


def _names_version(request: Request) -> bool:
    # `*` and a date fit what was never fetched; the tag of a version is known to those who have it.
    tags = request.headers.get("if-none-match", "*")
    return tags.strip() != "*"


def _document(gate: Gate, address: Address) -> Document:
    form = address.form or Format.RSS
    path = document_path(gate, address)
    url = links.absolute(gate.catalogue.site.base_url, address.path)
    return Document(
        path=path,
        media_type=content_type(form),
        # Asked for every time: a takedown waits for no cache, and each 304 confirms what a partner holds.
        max_age=0,
        link=one(url, "self", MEDIA_TYPES[form]),
        stating=path if form is Format.RSS else path.with_suffix(f".{Format.ATOM}"),
        private=True,
    )


def _refuse(request: Request, gate: Gate, address: Address, verdict: Verdict) -> Response:
    note_refusal(gate, address)
    if verdict is Verdict.ABSENT:
        contract = gate.catalogue.partners[address.partner]
        forms = ", ".join(contract.forms)
        return PlainTextResponse(
            f"No such document; the contract has these formats: {forms}.\n", 404, PRIVATE
        )
    if verdict is Verdict.FOREIGN:
        return PlainTextResponse("No feed of this contract is at this address.\n", 403, PRIVATE)
    return _refuse_unknown(request, gate, address)


def _refuse_unknown(request: Request, gate: Gate, address: Address) -> Response:
    here, attempts = serving(request), request.app.state.partner_files.attempts
    count, wait = attempts.fail(client_address(request, here.settings.trusted_proxies))
    if count > MOST:
        told = {**PRIVATE, "retry-after": str(wait)}
        return PlainTextResponse(f"Too many attempts: try again in {wait} seconds.\n", 429, told)
    known = address.partner in gate.catalogue.partners
    log.warning("partner.refused", partner=address.partner if known else "", attempt=count)
    contact = gate.catalogue.site.contact
    said = (
        "This address needs a token that counts: HTTP Basic with the partner's name and the token as "
        "password, a bearer token, or a signed URL whose time is not over."
    )
    answer = PlainTextResponse(f"{said}{f' Ask {contact}.' if contact else ''}\n", 401, PRIVATE)
    for challenge in CHALLENGES:
        answer.headers.append("www-authenticate", challenge)
    return answer
