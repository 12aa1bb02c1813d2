"""How the embedded server is run: uvicorn on an event loop and a parser in C."""

import uvicorn
from starlette.types import ASGIApp

from syndicate.web.quick import QuickProtocol

# How long an answer under way may take at the end.
GRACE_SECONDS = 5


def server_settings(app: ASGIApp) -> uvicorn.Config:
    """The settings of a server for our application."""
    return uvicorn.Config(
        app,
        log_config=None,
        server_header=False,
        access_log=False,
        # web.trusted_proxies decides whom we believe about the client.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="off",
        http=QuickProtocol,
    )
