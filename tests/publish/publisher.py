"""A process of its own that publishes the feed `all`; it kills itself at a moment that its arguments name.

`python -m tests.publish.publisher DATABASE FOLDER [POINT NUMBER]`: at the NUMBERth call of POINT, SIGKILL.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from syndicate.model.feed import Selection
from syndicate.model.hub import OWN, Hub
from syndicate.publish.feeds import publish_feed
from syndicate.store.database import Database
from tests.builders import a_feed
from tests.publish.archives import a_catalogue, a_publishing

CATALOGUE = a_catalogue(a_feed(selection=Selection(take=10)), hub=Hub(url=OWN))


def dying(call: Callable[..., Any], number: int, *, after: bool) -> Callable[..., Any]:
    """The call, at whose `number`th time the process dies: before it, or right after."""
    left = iter(range(number - 1, -1, -1))

    def called(*args: Any, **kwargs: Any) -> Any:
        last = next(left, -1) == 0
        if last and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*args, **kwargs)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return called


def main() -> None:
    """Publish, and print what came of it."""
    database, folder, *kill = sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    db = Database(database)
    if kill and kill[0] == "rename":
        Path.replace = dying(Path.replace, int(kill[1]), after=True)  # type: ignore[method-assign]
    elif kill:
        db.write_now = dying(db.write_now, int(kill[1]), after=kill[0] == "committed")  # type: ignore[method-assign]
    report = asyncio.run(publish_feed(a_publishing(db, Path(folder), CATALOGUE), "all"))
    print(report.entries, report.documents, len(report.written))
    db.close()


if __name__ == "__main__":
    main()
