"""robots.txt (RFC 9309): what search engines need not look at, and where the sitemap is."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from syndicate.model import links
from syndicate.web.serving import serving

# Behind these are links with tokens, or nothing that a search should find.
CLOSED = ("/confirm/", "/hub", "/mailbox", "/partners/", "/preferences/", "/unsubscribe/")


async def robots(request: Request) -> Response:
    """The rules for every robot, and the sitemap once there is one."""
    here = serving(request)
    lines = ["User-agent: *", *(f"Disallow: {here.base_path}{path}" for path in CLOSED)]
    if here.shelf is not None or (here.public_dir / "sitemap.xml").is_file():
        lines += ["", f"Sitemap: {links.absolute(here.catalogue.site.base_url, '/sitemap.xml')}"]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": "public, max-age=3600"})
