"""A move that is killed: `python -m tests.store.mover ROWS SOURCE TARGET`, once so many rows are copied."""

import os
import signal
import sys
from datetime import UTC, datetime

from syndicate.store import carrying, lines
from syndicate.store.database import Database
from syndicate.store.moving import move


def main() -> None:
    rows, source, target = sys.argv[1:]
    carrying.CHUNK_ROWS = lines.FIRST_ROWS = lines.GROUP_ROWS = 1

    def say(_name: str, done: int, _of: int) -> None:
        if done == int(rows):
            os.kill(os.getpid(), signal.SIGKILL)

    move(Database(source), Database(target), now=lambda: datetime.now(UTC), say=say)


if __name__ == "__main__":
    main()
