"""One of the workers of a run: takes recipients from the load and sends to each, over one connection."""

from functools import partial

from syndicate.deliver.line import Line
from syndicate.deliver.load import CalledOff, Load
from syndicate.deliver.pace import Answer, Verdict, breaks_off, judge
from syndicate.deliver.sending import composed
from syndicate.errors import BadAddress, OwnFault, RelayUnavailable
from syndicate.model.delivery import Recipient

# A worker whose transactions were cut short so often in a row leaves the relay alone.
MAX_CUTS = 3
OK = 250


class Worker:
    """Ends when there is nothing more to do, or for a reason that it leaves in `unreachable` or the load."""

    def __init__(self, load: Load) -> None:
        self.unreachable: RelayUnavailable | None = None
        self.connecting = False
        self._load = load
        self._fleet = load.sending.fleet
        self._line: Line | None = None
        self._cuts = 0

    @property
    def engaged(self) -> bool:
        """Whether it has a connection, or waits for one."""
        return self._line is not None or self.connecting

    async def work(self) -> None:
        """Send until told to stop."""
        try:
            while await self._load.wanted(connected=self._line is not None):
                await self._serve()
        except RelayUnavailable as error:
            self.unreachable = error
        except OwnFault as error:
            self._load.stop(error)
        finally:
            await self._let_go()

    async def _serve(self) -> None:
        with self._load.coming():
            line = await self._ready()
        while (recipient := self._load.next(line.relay)) is not None:
            await self._send(line, recipient)
            if self._fleet.worn(line):
                return
        if self._load.queue or self._load.exhausted:
            # Others were faster, or the pace says wait, and another run may wait for this connection.
            await self._let_go()
        if self._load.queue and not self._load.stopping:
            await self._load.rest()

    async def _send(self, line: Line, recipient: Recipient) -> None:
        used = line.served > 0
        try:
            letter = composed(self._load.task.compose, recipient)
            answer = await line.transact(letter, before_dot=partial(self._load.start_dot, recipient))
        except BadAddress as error:
            self._load.refuse(recipient, str(error))
        except CalledOff:
            self._load.put_back(recipient)
        except OwnFault:
            self._load.put_back(recipient)
            raise
        else:
            self._take(recipient, answer, used=used)

    def _take(self, recipient: Recipient, answer: Answer, *, used: bool) -> None:
        if answer.code != OK and used and judge(answer) is Verdict.CUT:
            # A server may close after so many messages or minutes: that is no answer to this one.
            self._load.put_back(recipient, answer)
        else:
            self._load.answer(recipient, answer)
            self._count_cuts(answer)

    def _count_cuts(self, answer: Answer) -> None:
        self._cuts = self._cuts + 1 if breaks_off(answer) else 0
        if self._cuts == MAX_CUTS:
            raise RelayUnavailable(f"the relay breaks off each time: {answer.text}")

    async def _ready(self) -> Line:
        if self._line is None or self._fleet.worn(self._line):
            await self._let_go()
            self.connecting = True
            try:
                self._line = await self._fleet.take()
            finally:
                self.connecting = False
        return self._line

    async def _let_go(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await self._fleet.give_back(line)
