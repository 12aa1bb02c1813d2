"""Who is alive, and what nobody is there for."""

import pytest

from syndicate.cli.check import of_processes
from syndicate.model.job import QUEUES
from syndicate.model.role import Role
from syndicate.schedule.alive import alive
from syndicate.store.services import Live


def one(role: Role, *queues: str) -> Live:
    return Live(owner=f"host:{role}", role=role, queues=queues)


RUN, CLOCK, WEB = one(Role.RUN, *QUEUES), one(Role.SCHEDULER), one(Role.WEB)
ALL, MAIL = one(Role.WORKER, *QUEUES), one(Role.WORKER, "deliver")


def test_where_roles_are_apart_and_nobody_is_there_each_is_to_be_started() -> None:
    found = of_processes(alive([]), many=True)
    assert found.told == "none is running"
    assert all(role in found.remedy for role in ("scheduler", "worker", "web"))


@pytest.mark.parametrize(
    ("processes", "remedy"),
    [
        ([], ""),
        ([RUN], ""),
        ([CLOCK, WEB, ALL], ""),
        ([CLOCK, MAIL, one(Role.WORKER, "collect", "publish")], ""),
        ([WEB, ALL], "start syndicate scheduler"),
        ([CLOCK, WEB], "start syndicate worker --queues collect,publish,deliver"),
        ([CLOCK, MAIL], "start syndicate worker --queues collect,publish"),
    ],
)
def test_what_nobody_does_is_told_with_what_to_start(processes: list[Live], remedy: str) -> None:
    found = of_processes(alive(processes))
    assert found.remedy == remedy
    assert all(process.owner in found.told for process in processes)
