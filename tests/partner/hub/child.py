"""A process of its own that verifies or delivers what is due, to be killed by whom it asks.

Its arguments are JSON: the database, the folder that is served, the site's address, the subscriber's host,
the time, and which of the two it does.
"""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from syndicate.model.site import FetchSettings
from syndicate.net.client import Client
from syndicate.partner.hub.distributing import deliver_due
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.hub.verifying import verify_due
from syndicate.store.database import Database
from tests.web.conftest import a_catalogue


async def _main(told: dict[str, str]) -> None:
    now = datetime.fromisoformat(told["now"])
    db = Database(told["database"])
    async with Client(FetchSettings(allow_hosts=(told["host"],), timeout=30), connections=0) as client:
        hubbing = Hubbing(
            db=db,
            catalogue=a_catalogue(told["base_url"]),
            public_dir=Path(told["public_dir"]),
            client=client,
            now=lambda: now,
            mint=lambda: "riddle",
            chance=lambda: 1.0,
        )
        await {"verify": verify_due, "deliver": deliver_due}[told["work"]](hubbing)


if __name__ == "__main__":
    asyncio.run(_main(json.loads(sys.argv[1])))
