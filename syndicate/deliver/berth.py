"""One relay of the fleet, with what is remembered of it. Times are a loop's seconds."""

from syndicate.deliver.line import Line
from syndicate.deliver.smtp import Pool
from syndicate.deliver.standing import PATIENCE, Standing, rest
from syndicate.errors import RelayUnavailable, SenderFault


class Berth:
    """`probe` is the line that tries it again after a failure; `shut` since when it may take nothing."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.weight = pool.relay.weight
        self.taken = 0
        self.served = 0
        self.failures = 0
        self.strikes = 0
        self.until = 0.0
        self.failed_at = -1.0
        self.moved = 0.0
        self.shut = 0.0
        self.proven = self.told = False
        self.connecting = 0
        self.probe: Line | None = None
        self.error: RelayUnavailable | SenderFault | None = None

    def standing(self, now: float) -> Standing:
        """How it stands."""
        finding_out = self.probe is not None or (self.connecting > 0 and not (self.proven and not self.until))
        return Standing(
            weight=self.weight,
            load=self.served + self.taken,
            room=self.pool.relay.connections - self.taken,
            idle=self.pool.idle,
            working=self.proven and self.taken > self.connecting and self.probe is None,
            until=self.until,
            failed_at=self.failed_at,
            probing=finding_out,
            proven=self.proven,
            stalled=self.taken > 0 and now - self.moved > PATIENCE,
        )

    def fail(self, error: RelayUnavailable | SenderFault, now: float) -> None:
        """It is left alone for a while."""
        self.failed_at, self.error, self.strikes = now, error, 0
        # Several who asked at the same time were refused for one and the same reason.
        if now >= self.until:
            self.failures += 1
            self.until = now + rest(self.failures)

    def recover(self) -> None:
        """It works."""
        self.failures = self.strikes = 0
        self.until = 0.0
        self.told = False
