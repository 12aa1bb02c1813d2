"""Progress bars on stderr, one for each thing under way, where there is a terminal to draw on."""

import sys
from types import TracebackType
from typing import Any, Self

from syndicate.cli.main import Options


class Bars:
    """Used as a context manager: the bars go when the work is done. Without a terminal nothing is drawn."""

    def __init__(self, options: Options) -> None:
        self.shown = sys.stderr.isatty() and not options.quiet and not options.json
        self._tasks: dict[str, Any] = {}
        self._progress: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, name: str, done: int, of: int | None) -> None:
        """Say how far something is; `of` is None where nobody knows how much there is."""
        if not self.shown:
            return
        if self._progress is None:
            self._progress = _drawn()
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=of)
        self._progress.update(self._tasks[name], completed=done, total=of)


def _drawn() -> Any:
    # rich takes a tenth of a second to import, and most calls draw nothing.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.start()
    return progress
