"""Transactions on a connection that is open, secured and authenticated (RFC 5321).

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and behind a body those
of the next message. Everything happens in the callback that brings the bytes: a transaction costs one future,
whatever the number of its replies.
"""

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass

from syndicate.deliver.chaining import QUICK, STALLED, Chaining
from syndicate.deliver.envelope import Letter, path_of
from syndicate.deliver.pace import Answer, Step
from syndicate.deliver.replies import Reply, ReplyReader, clean
from syndicate.errors import BadAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for each reply, in seconds (RFC 5321, section 4.5.3.2)."""

    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    final: float = 600.0
    quit: float = 5.0


# The replies that are awaited, in order; a transaction after a refusal begins with RSET.
FRESH = (Step.MAIL, Step.RCPT, Step.DATA, Step.DOT)
RSET, QUIT = "RSET", "QUIT"
Phase = Step | str
PASSED = (Step.MAIL, Step.RCPT)
AFTER_REFUSAL: tuple[Phase, ...] = (RSET, *FRESH)
LEAVING: tuple[Phase, ...] = (QUIT,)
# Of the codes below 400 those that may follow; for RSET and QUIT all, since `_heed` looks at these itself.
GOES_ON: dict[Phase, Container[int]] = {
    **dict.fromkeys((Step.MAIL, Step.RCPT, Step.DOT), range(200, 300)),
    Step.DATA: (354,),
    RSET: range(400),
    QUIT: range(400),
}


class Wire(asyncio.Protocol):
    """One connection on which transactions run, one after the other. It closes on every disorder."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        offers: frozenset[str],
        timeouts: Timeouts,
        relay: str = "",
        chaining: Chaining | None = None,
    ) -> None:
        self.relay = relay
        self.served = 0
        self.cut = False
        self._transport = transport
        self._grouped = "pipelining" in offers
        self._utf8 = "smtputf8" in offers
        self._sized = "size" in offers
        self._waits = _waits(timeouts)
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._phases: tuple[Phase, ...] = ()
        self._at = 0
        self._lines: list[bytes] = []
        self._body = b""
        self._before_dot: Callable[[], None] = _nothing
        # Whose opening has left behind the last body, what has come for it, and whether such a one is due.
        self._then: Callable[[], Letter | None] = _nobody
        self._chaining = chaining or Chaining()
        self._ahead: Letter | None = None
        self._early: list[Reply] = []
        self._chained = self._prompt = self._quick = False
        self._wrote_at = self._answered_at = 0.0
        self._decisive: Answer | None = None
        self._done: asyncio.Future[Answer] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._lost = ""
        self._reset = False
        self._stray = False
        self._unsent = False
        # With a limit of 0, resume_writing says that the kernel has every byte: then the dot is on its way.
        transport.set_write_buffer_limits(high=0)
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether another transaction can start here; a server's unasked 421 ends it too."""
        idle = not self._stray and self._ahead is None and not self._reader.begun
        return idle and not self._lost and not self._transport.is_closing()

    def data_received(self, data: bytes) -> None:
        """Heed replies; close on what is none."""
        self._take(self._reader.feed(data))
        if self._reader.disorder:
            # What was whole before it still counts: it may be the acceptance of the last body.
            self._confuse(self._reader.disorder)

    def _take(self, replies: list[Reply]) -> None:
        count = len(replies) + bool(self._reader.disorder)
        for number, reply in enumerate(replies, start=1):
            if self._done is None:
                self._keep(replies[number - 1 :])
                return
            if reply[0] == 250 and self._grouped and self._phases[self._at] in PASSED:
                # What nearly every reply to MAIL and RCPT is.
                self._at += 1
            else:
                self._heed(*reply, alone=number == count)
                if not self._grouped and number < count and self._done is not None:
                    # Said before our last command was: it is no answer to that one.
                    self._confuse("an answer to what was not asked yet")
                    return
        # A part of a reply is none: whoever sends octet by octet gains no time.
        if replies and self._done is not None:
            self._await_reply()

    def _keep(self, replies: list[Reply]) -> None:
        """What comes while nobody waits: for the opening that has left already, or unasked."""
        many = len(self._early) + len(replies) > len(PASSED) + 1
        self._stray = self._stray or self._ahead is None or many
        if not self._stray:
            self._early += replies

    def eof_received(self) -> bool:
        """The server hung up."""
        self._end("the relay closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what was not answered is cut."""
        self._end(f"the connection broke: {exc}" if exc else "the connection was closed")

    def pause_writing(self) -> None:
        """Bytes wait in our buffer, the final dot among them."""
        self._unsent = True

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._unsent = False

    async def transact(
        self,
        letter: Letter,
        *,
        before_dot: Callable[[], None],
        then: Callable[[], Letter | None] | None = None,
    ) -> Answer:
        """Send one message. `before_dot` is called when the next write will hold the final dot.

        `then` may be called right before that write, for whom the caller sends to next: its opening leaves
        with it. Never raises for anything the relay does. A cancellation, or an error of `before_dot`, aborts
        the connection without a dot. Raises BadAddress and ComposeFault before anything is written.
        """
        self._body, self._before_dot, self._then = letter.stuffed, before_dot, then or _nobody
        begun, self._ahead = self._ahead, None
        self._chained = begun is letter
        if begun is not None and (self._stray or not self._chained):
            self._confuse("what came or was begun is not about this message")
        opening = b"" if self._chained else self._opening(letter)
        if self._reset:
            opening = b"RSET\r\n" + opening
        try:
            answer = await self._begin(AFTER_REFUSAL if self._reset else FRESH, opening)
        except BaseException:
            self.abort()
            raise
        if self._chained:
            answer = self._judge_chained(answer)
        if answer.code in (0, 421):
            self.cut = True
            self.abort()
        self.served += 1
        return answer

    def _judge_chained(self, answer: Answer) -> Answer:
        if answer.step is not Step.MAIL:
            return answer
        broken = answer.code == 0 or answer.code >= 421
        if broken:
            self._chaining.note(well=False)
        if answer.code < 500:
            return answer
        # Perhaps it is the chaining that it refuses, which is no matter of this message or of ours.
        return self._answer(Step.MAIL, 0, f"behind a body: {answer.code} {answer.text}")

    async def quit(self) -> None:
        """Say goodbye (RFC 5321, section 4.1.1.10) and close; never raises."""
        if self.usable:
            await self._begin(LEAVING, b"QUIT\r\n")
        self.abort()

    def abort(self) -> None:
        """Drop the connection and every byte that has not left: never a dot after half a body."""
        self._end("closed by us")
        self._transport.abort()

    def _opening(self, letter: Letter) -> bytes:
        sender, recipient = path_of(letter.sender), path_of(letter.recipient)
        size = f" SIZE={letter.size}" if self._sized else ""
        utf8 = ""
        if not (sender.isascii() and recipient.isascii()):
            if not self._utf8:
                raise BadAddress("the relay takes no addresses outside ASCII (RFC 6531)")
            utf8 = " SMTPUTF8"
        return f"MAIL FROM:<{sender}>{size}{utf8}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()

    def _begin(self, phases: tuple[Phase, ...], opening: bytes) -> asyncio.Future[Answer]:
        """Start to speak; the future has the answer that decides."""
        done: asyncio.Future[Answer] = self._loop.create_future()
        self._phases, self._at, self._decisive = phases, 0, None
        if self._lost:
            done.set_result(Answer(step=Step.MAIL, text=self._lost, relay=self.relay))
            return done
        self._done = done
        if not opening:
            early, self._early = self._early, []
            self._prompt = len(early) > len(PASSED)
            if early:
                self._take(early)
            else:
                self._await_reply()
            return done
        if self._grouped:
            self._transport.write(opening)
        else:
            first, *self._lines = opening.splitlines(keepends=True)
            self._transport.write(first)
        self._await_reply()
        return done

    def _heed(self, code: int, raw: bytes, *, alone: bool) -> None:
        phase = self._phases[self._at]
        if code < 400 and code not in GOES_ON[phase]:
            # Neither yes nor no: the two sides are out of step, so that the next reply would mislead.
            answer = self._answer(phase, 0, f"{code} {clean(raw)}", past_dot=phase is Step.DOT)
            self._finish(self._decisive or answer)
            self.abort()
        elif self._unsent and phase is Step.DOT and code < 400 and self._dot_is_here:
            self._confuse("an acceptance of a body that has not left")
        elif phase is Step.DOT:
            self._answered_at = self._loop.time()
            self._quick = code == 250 and self._answered_at < self._wrote_at + QUICK
            self._finish(self._answer(phase, code, clean(raw)))
        elif phase is Step.DATA:
            self._heed_data(code, raw, alone=alone)
        elif phase == RSET and code // 100 != 2:
            self._finish(self._answer(phase, 0, f"RSET: {code} {clean(raw)}"))
        elif phase == QUIT:
            self._finish(self._answer(phase, code, clean(raw)))
        else:
            self._heed_opening(phase, code, raw)

    def _heed_opening(self, phase: Phase, code: int, raw: bytes) -> None:
        if phase == RSET:
            self._reset = False
        elif code >= 400 and self._decisive is None:
            # The first that refuses is the one that counts (RFC 2920, section 3.1).
            self._decisive = self._answer(phase, code, clean(raw))
        if self._decisive and (code == 421 or not self._grouped):
            self._reset = True
            self._finish(self._decisive)
            if code == 421:
                self.abort()
            return
        self._at += 1
        if not self._grouped:
            self._transport.write(self._lines.pop(0))

    def _heed_data(self, code: int, raw: bytes, *, alone: bool) -> None:
        refused = self._decisive
        if code >= 400:
            refused = refused or self._answer(Step.DATA, code, clean(raw))
        if refused:
            self._reset = True
            self._finish(refused)
            if code == 354:
                # It waits for a body though nobody is to get it. Even a lone dot could become a mail.
                self.abort()
        elif alone:
            self._send_body()
        else:
            self._confuse("an answer to a body that was not sent")

    def _send_body(self) -> None:
        try:
            self._before_dot()
        except Exception as error:  # noqa: BLE001 - it is raised in whoever awaits the answer
            self._fail(error)
            return
        self._at += 1
        if self._chained:
            self._chaining.note(well=self._prompt or self._loop.time() < self._answered_at + STALLED)
        behind = self._look_ahead() if self._quick else b""
        self._wrote_at = self._loop.time()
        if behind:
            self._transport.writelines((self._body, behind))
        else:
            self._transport.write(self._body)

    def _look_ahead(self) -> bytes:
        """The opening of the next message, if it may leave behind this one's body."""
        letter = self._then() if self._grouped and self._chaining.allowed else None
        if letter is None:
            return b""
        try:
            opening = self._opening(letter)
        except BadAddress:
            # Told when its turn comes.
            return b""
        self._ahead = letter
        return opening

    @property
    def _dot_is_here(self) -> bool:
        """Whether the final dot waits in our buffer, for certain."""
        # TLS keeps bytes where we cannot see them: there, what was written may always have left.
        # Behind the dot may stand what begins the next message, and be all that is left.
        waits = self._unsent and self._ahead is None
        return waits and self._transport.get_extra_info("sslcontext") is None

    def _answer(self, phase: Phase, code: int, text: str, *, past_dot: bool = False) -> Answer:
        step = phase if isinstance(phase, Step) else Step.MAIL
        return Answer(step=step, code=code, text=text, past_dot=past_dot, relay=self.relay)

    def _finish(self, answer: Answer) -> None:
        done, self._done = self._done, None
        if done is not None and not done.done():
            done.set_result(answer)

    def _fail(self, error: Exception) -> None:
        done, self._done = self._done, None
        if done is not None and not done.done():
            done.set_exception(error)

    def _await_reply(self) -> None:
        """A reply has to come within its time. One timer runs on from reply to reply: setting it costs."""
        self._deadline = self._loop.time() + self._waits[self._phases[self._at]]
        if self._timer is None or self._timer_at > self._deadline:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._deadline
        self._timer = self._loop.call_at(self._deadline, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        if self._done is None:
            return
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self._confuse(f"no reply within {self._waits[self._phases[self._at]]:g} s")

    def _confuse(self, reason: str) -> None:
        # The replies may stand beside the wrong commands: none of them can be trusted.
        self._decisive = None
        self._end(reason)
        self._transport.abort()

    def _end(self, reason: str) -> None:
        self._lost = self._lost or reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._done is None:
            return
        phase = self._phases[self._at]
        past_dot = phase is Step.DOT and not self._dot_is_here
        cut = self._answer(phase, 0, self._lost, past_dot=past_dot)
        self._finish(self._decisive or cut)


def _waits(timeouts: Timeouts) -> dict[Phase, float]:
    return {
        RSET: timeouts.mail,
        Step.MAIL: timeouts.mail,
        Step.RCPT: timeouts.rcpt,
        Step.DATA: timeouts.data,
        Step.DOT: timeouts.final,
        QUIT: timeouts.quit,
    }


def _nothing() -> None:
    pass


def _nobody() -> None:
    return None
