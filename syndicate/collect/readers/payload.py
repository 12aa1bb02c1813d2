"""The page inside an archived HTTP answer: whether there is one, and its bytes as a reader got them. Pure."""

import re
from urllib.parse import urlsplit

from syndicate.errors import Unreadable
from syndicate.formats.warc import Http
from syndicate.net.limits import Body, CodingFault, TooLarge

# What extraction reads at most, in bytes of its longest characters.
MAX_PAGE = 12_000_000
PAGE_TYPES = {"text/html", "application/xhtml+xml", "text/plain"}
IMAGE_TYPES = {"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp"}
# What a server says that does not know better.
UNKNOWN_TYPES = {"", "application/octet-stream", "application/unknown", "unknown", "*/*", "no-type"}
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta\s)", re.IGNORECASE)
_LOOKED_AT = 2_000
_CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def may_be_page(http: Http, url: str) -> bool:
    """Whether an answer can hold an article: a success, of text or of no type that is told."""
    if not 200 <= http.status < 300 or http.status in (204, 205):
        return False
    media_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type in PAGE_TYPES | UNKNOWN_TYPES and urlsplit(url).path != "/robots.txt"


def is_image(http: Http) -> bool:
    """Whether an answer is an image of a sort that is read."""
    media_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    return http.status == 200 and media_type in IMAGE_TYPES


def is_page(data: bytes, http: Http) -> bool:
    """Whether what was told to be a page, or not told to be anything, is one."""
    media_type = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(data.strip()) and (media_type in PAGE_TYPES or bool(_MARKUP.search(data[:_LOOKED_AT])))


def payload_of(block: bytes, http: Http, *, limit: int = MAX_PAGE) -> tuple[bytes, tuple[str, ...]]:
    """The answer's body without its transfer and content codings, and warnings.

    A body that breaks off is kept as far as it goes. The stated length counts for nothing: the record has its
    own. Raises Unreadable for what is damaged, or decodes to more than `limit` bytes.
    """
    warnings: list[str] = []
    if "chunked" in http.headers.get("transfer-encoding", "").lower():
        block, whole = dechunked(block)
        warnings += [] if whole else ["the answer breaks off between its chunks"]
    codings = http.headers.get("content-encoding", "")
    try:
        body = Body(codings, limit=limit)
        body.feed(block)
        try:
            block = body.end()
        except CodingFault:
            block = body.so_far()
            warnings.append("the compressed answer breaks off")
    except TooLarge as error:
        raise Unreadable(str(error)) from error
    except CodingFault as error:
        # Some crawlers keep the header of a coding that they have undone.
        if not _MARKUP.search(block[:_LOOKED_AT]):
            raise Unreadable(str(error)) from error
    return block, tuple(warnings)


def dechunked(block: bytes) -> tuple[bytes, bool]:
    """The body without its chunks' sizes (RFC 9112, section 7.1), and whether it came to its end.

    Some crawlers keep the header of chunks that they have put together: such a body is as it is.
    """
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK.match(block, at):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts), True
        parts.append(block[size.end() : size.end() + length])
        at = size.end() + length
    if not parts:
        return block, True
    return b"".join(parts), False
