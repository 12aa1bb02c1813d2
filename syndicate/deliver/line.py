"""A line: one way to one relay, whatever is spoken on it, used by one sender at a time."""

from collections.abc import Callable
from typing import Protocol

from syndicate.deliver.envelope import Letter
from syndicate.deliver.pace import Answer


class Line(Protocol):
    """`relay` is the name of the relay at its other end, `served` how many transactions it has had.

    `cut`: the relay broke the last of them off.
    """

    relay: str
    served: int
    cut: bool

    @property
    def usable(self) -> bool:
        """Whether another transaction can start here."""
        ...

    async def transact(
        self,
        letter: Letter,
        *,
        before_dot: Callable[[], None],
        then: Callable[[], Letter | None] | None = None,
    ) -> Answer:
        """Send one message; the answer carries the relay's name.

        `before_dot` is called right before the bytes leave that let the relay accept it. `then`, where it is
        called at all, gives the message that the caller sends next on this line. Never raises for
        anything the relay does; an error of `before_dot`, or a cancellation, lets nothing be accepted that
        was not. Raises BadAddress and ComposeFault before anything is written.
        """
        ...

    async def quit(self) -> None:
        """Say goodbye and close; never raises."""
        ...
