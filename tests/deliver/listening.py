"""A process that listens for bounces, to be killed: `python -m tests.deliver.listening DATABASE FOLDER`."""

import asyncio
import sys
from pathlib import Path

from syndicate.deliver.intake import Listener
from syndicate.store.database import Database
from tests.deliver.bounce.returned import a_returning


async def listen(database: str, folder: Path) -> None:
    """Listen until the end, and say at which port."""
    returning = a_returning(Database(database), folder, listen="127.0.0.1:0")
    async with Listener(returning) as listener:
        print(listener.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], Path(sys.argv[2])))
