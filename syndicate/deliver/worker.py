"""One of the workers of a run: takes recipients from the load and sends to each, over one connection."""

from functools import partial

from syndicate.deliver.envelope import Letter
from syndicate.deliver.line import Line
from syndicate.deliver.load import CalledOff, Load
from syndicate.deliver.pace import Answer, Verdict, breaks_off, judge
from syndicate.deliver.sending import composed
from syndicate.errors import BadAddress, OwnFault, RelayUnavailable, SyndicateError
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
        self._ahead: tuple[Recipient, Letter] | None = None
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
        try:
            if await self._send_on(line):
                return
        finally:
            self._drop_ahead()
        if self._load.queue or self._load.exhausted:
            # Others were faster, or the pace says wait, and another run may wait for this connection.
            await self._let_go()
        if self._load.queue and not self._load.stopping:
            await self._load.rest()

    async def _send_on(self, line: Line) -> bool:
        """Send while there is somebody; whether it ended because the line is worn."""
        while ahead := self._ahead or self._next(line):
            self._ahead = None
            await self._send(line, *ahead)
            if self._ahead is None and self._fleet.worn(line):
                return True
        return False

    def _next(self, line: Line) -> tuple[Recipient, Letter | None] | None:
        recipient = self._load.next(line.relay)
        return None if recipient is None else (recipient, None)

    async def _send(self, line: Line, recipient: Recipient, letter: Letter | None) -> None:
        used = line.served > 0
        try:
            letter = letter or composed(self._load.task.compose, recipient)
            before_dot = partial(self._load.start_dot, recipient)
            answer = await line.transact(letter, before_dot=before_dot, then=partial(self._look_ahead, line))
        except BadAddress as error:
            self._load.refuse(recipient, str(error))
        except CalledOff:
            self._load.put_back(recipient)
        except OwnFault:
            self._load.put_back(recipient)
            raise
        else:
            self._take(recipient, answer, used=used)

    def _look_ahead(self, line: Line) -> Letter | None:
        """The letter that follows on this line, where it is sure that it will."""
        recipient = self._load.ahead(line.relay) if self._fleet.lasts(line) else None
        if recipient is None:
            return None
        try:
            letter = composed(self._load.task.compose, recipient)
        except SyndicateError:
            # Whoever's turn it is then meets the same, and tells.
            self._load.put_back(recipient)
            return None
        self._ahead = recipient, letter
        return letter

    def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            self._load.put_back(ahead[0])

    def _take(self, recipient: Recipient, answer: Answer, *, used: bool) -> None:
        if answer.code != OK and used and judge(answer) is Verdict.CUT:
            # A server may close after so many messages or minutes: that is no answer to this one.
            self._load.put_back(recipient, answer)
        else:
            self._load.answer(recipient, answer)
            self._count_cuts(answer)

    def _count_cuts(self, answer: Answer) -> None:
        self._cuts = self._cuts + 1 if answer.code != OK and breaks_off(answer) else 0
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
