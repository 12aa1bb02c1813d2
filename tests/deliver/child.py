"""`python -m tests.deliver.child`: raises senders, each a process of its own, to be killed.

One order a line on stdin, one answer a line on stdout: `{"send": Errand}` is answered with a process's id,
`{"wait": id}` with its exit status. What a sender needs is imported once; each is forked from here.
"""

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from syndicate.deliver import send
from syndicate.deliver.fleet import Fleet
from syndicate.deliver.sending import Sending
from syndicate.deliver.smtp import Pool
from syndicate.model.newsletter import Newsletter, Uncertain
from syndicate.model.site import DeliverySettings, Protocol, Relay, Security
from syndicate.publish.compile import compile_issue
from syndicate.store import batches
from syndicate.store.database import Database
from syndicate.templating import Templates
from tests.builders import a_newsletter
from tests.deliver.sender import a_sending, real_clock
from tests.publish.newsroom import Newsroom

CONNECTIONS = 10
GROUP, BATCH = 50, 100
# A sender can be told to die by one of its transactions, before or after the commit; or as it renders.
TRANSACTIONS = {
    "freeze": "create_issue",
    "select": "_start",
    "lease": "lease_batch",
    "commit": "take_turn",
    "finish": "end_run",
}


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What a sender is to do. It dies when `step` comes for the `count`-th time, `late` after its commit.

    `compiles`: there is no issue yet. `lanes`: so many batches at once. `skew`: its clock goes ahead so many
    minutes. `limit`: no file may grow past so many bytes.
    """

    database: str
    folder: str
    ports: tuple[int, ...]
    lmtp: bool = False
    policy: str = Uncertain.RESEND.value
    step: str = ""
    count: int = 0
    late: bool = False
    compiles: bool = False
    lanes: int = 1
    skew: int = 0
    limit: int = 0


class Doom:
    """Kills this process at the `count`-th `step`."""

    def __init__(self, errand: Errand) -> None:
        self._left = errand.count
        self._step = TRANSACTIONS.get(errand.step, errand.step)
        self._late = errand.late

    def pass_by(self, step: str, *, late: bool) -> None:
        """A step is reached: perhaps the last."""
        if step == self._step and late == self._late:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Database):
    """A database whose user may die in a transaction, or right after its commit."""

    doom: Doom

    def write_now(self, f: Any, *args: Any, **kwargs: Any) -> Any:
        """Do it, and perhaps die."""

        def act(*inner: Any, **keywords: Any) -> Any:
            result = f(*inner, **keywords)
            self.doom.pass_by(name, late=False)
            return result

        name = getattr(f, "__name__", "")
        result = super().write_now(act, *args, **kwargs)
        self.doom.pass_by(name, late=True)
        return result


class Fragile(Templates):
    """Templates whose user may die while rendering."""

    def __init__(self, doom: Doom) -> None:
        super().__init__()
        self._doom = doom

    def render(self, name: str, view: Mapping[str, Any]) -> str:
        """Render, and perhaps die."""
        self._doom.pass_by("render", late=False)
        return super().render(name, view)


async def run(errand: Errand) -> None:
    """Send everything that is due, of the one issue that there is, or is to be."""
    doom = Doom(errand)
    db = Doomed(errand.database)
    db.doom = doom
    newsletter = a_newsletter(unknown=Uncertain(errand.policy))

    def now() -> datetime:
        return real_clock() + timedelta(minutes=errand.skew)

    issue_id = await _compile(db, doom, newsletter, now) if errand.compiles else 1
    sending = a_sending(
        db,
        _relay(errand, errand.ports[0]),
        Path(errand.folder),
        newsletter=newsletter,
        now=now,
        mint=lambda: uuid4().hex,
        settings=DeliverySettings(batch=BATCH, group=GROUP),
    )
    sending = replace(sending, fleet=Fleet([Pool(_relay(errand, port)) for port in errand.ports]))
    await _send(sending, issue_id, errand.lanes)
    await sending.fleet.close()
    db.close()


async def _compile(db: Database, doom: Doom, newsletter: Newsletter, now: Callable[[], datetime]) -> int:
    room = Newsroom(db)
    room.catalogue = replace(room.catalogue, newsletters={newsletter.name: newsletter})
    compiling = replace(room.compiling, templates=Fragile(doom), now=now)
    issue = await compile_issue(compiling, newsletter.name, number=1)
    assert issue is not None
    return issue.id


async def _send(sending: Sending, issue_id: int, lanes: int) -> None:
    await send.start_issue(sending, issue_id)
    await send.recover(sending)
    free = asyncio.Semaphore(lanes)

    async def send_one(batch: int) -> None:
        async with free:
            await send.send_batch(sending, issue_id, batch)

    due = await sending.db.read(batches.list_due, sending.now())
    await asyncio.gather(*(send_one(batch) for issue, batch in due if issue == issue_id))


def _relay(errand: Errand, port: int) -> Relay:
    return Relay(
        local=False,
        host="127.0.0.1",
        port=port,
        protocol=Protocol.LMTP if errand.lmtp else Protocol.SMTP,
        security=Security.NONE,
        connections=CONNECTIONS // len(errand.ports),
        messages_per_connection=20,
    )


def fork(errand: Errand) -> int:
    """Raise a sender; its process's id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    # Whatever it is, it is told in the file, and this process never returns.
    with suppress(BaseException):
        quiet = os.open(os.devnull, os.O_RDWR)
        errors = os.open(Path(errand.folder) / f"errors-{os.getpid()}.txt", os.O_WRONLY | os.O_CREAT, 0o600)
        for number, file in enumerate((quiet, quiet, errors)):
            os.dup2(file, number)
        code = _live(errand)
    os._exit(code)


def _live(errand: Errand) -> int:
    if errand.limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (errand.limit, errand.limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        asyncio.run(run(errand))
    except BaseException:  # noqa: BLE001 - the end of a process
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        return 1
    return 0


def order(errand: Errand) -> str:
    """The line that asks for a sender."""
    return json.dumps({"send": asdict(errand)})


def main() -> None:
    """Obey until stdin ends."""
    for line in sys.stdin:
        wanted = json.loads(line)
        if "send" in wanted:
            print(fork(Errand(**wanted["send"])), flush=True)
        else:
            _, status = os.waitpid(wanted["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
