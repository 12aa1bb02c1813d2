"""`python -m tests.deliver.child DATABASE PORT FOLDER POLICY COMMITS`: a sender in a process, to be killed.

After so many COMMITS it kills itself, before anything else happens; 0 is never.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from syndicate.deliver import send
from syndicate.model.newsletter import Uncertain
from syndicate.model.site import DeliverySettings, Relay, Security
from syndicate.store.database import Database
from tests.builders import a_newsletter
from tests.deliver.sender import a_sending, real_clock

CONNECTIONS = 10


class Doomed(Database):
    """A database whose user dies after a given number of commits."""

    left = 0

    def write_now(self, f: Any, *args: Any, **kwargs: Any) -> Any:
        """Commit, then perhaps die."""
        result = super().write_now(f, *args, **kwargs)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


async def main(database: str, port: str, folder: str, policy: str, commits: str) -> None:
    """Send everything that is due, of all issues."""
    db = Doomed(database)
    db.left = int(commits)
    relay = Relay(
        local=False,
        host="127.0.0.1",
        port=int(port),
        security=Security.NONE,
        connections=CONNECTIONS,
        messages_per_connection=20,
    )
    sending = a_sending(
        db,
        relay,
        Path(folder),
        newsletter=a_newsletter(unknown=Uncertain(policy)),
        now=real_clock,
        mint=lambda: uuid4().hex,
        settings=DeliverySettings(batch=200, group=50),
    )
    await send.send_issue(sending, 1)
    await sending.fleet.close()
    db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
