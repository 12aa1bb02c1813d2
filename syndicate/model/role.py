"""What a process does for an installation: all of it, or a part that several machines share out."""

from enum import StrEnum


class Role(StrEnum):
    """`run` is all three in one process; the others are for PostgreSQL, any number of each."""

    RUN = "run"
    SCHEDULER = "scheduler"
    WORKER = "worker"
    WEB = "web"

    @property
    def schedules(self) -> bool:
        """Whether it asks to be the one whose clock makes jobs due."""
        return self in (Role.RUN, Role.SCHEDULER)

    @property
    def serves(self) -> bool:
        """Whether it answers requests for pages and feeds."""
        return self in (Role.RUN, Role.WEB)

    @property
    def works(self) -> bool:
        """Whether it does jobs."""
        return self in (Role.RUN, Role.WORKER)
