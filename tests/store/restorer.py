"""A restore that dies: `python -m tests.store.restorer N ARCHIVE DATABASE DATA_DIR`.

It ends at once, as if killed, right before its N-th rename or removal of a name.
"""

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syndicate.store.restore import Target, restore
from tests.builders import NOON

KILLED = 99


def main() -> None:
    number, archive, database, data_dir = sys.argv[1:]
    steps = itertools.count()

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == int(number):
                os._exit(KILLED)
            return function(*args, **kwargs)

        return stepping

    for name in ("rename", "replace", "unlink"):
        setattr(os, name, deadly(getattr(os, name)))
    restore(Path(archive), Target(database=database, data_dir=Path(data_dir)), now=NOON, overwrite=True)


if __name__ == "__main__":
    main()
