"""How late the load generator itself was: without this nobody knows whose milliseconds were measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from time import monotonic, process_time

# Every this many seconds the loop should have come round, whatever the rates are.
BEAT = 0.02


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the load generator says of itself. Seconds, to a millisecond."""

    sent: int = 0
    """Requests that were due and were made."""
    resent: int = 0
    """Those of them that went twice: see `may_resend`."""
    late_p50: float = 0.0
    """Lateness: started - scheduled."""
    late_p99: float = 0.0
    late_max: float = 0.0
    lag_p99: float = 0.0
    """Lag of the event loop: how late timers and answers are seen to."""
    lag_max: float = 0.0
    cpu: float = 0.0
    """Seconds of processor time."""
    busiest: float = 0.0
    """The largest share of one core in a second."""
    seconds: float = 0.0
    """Since the load began."""


class Delays:
    """A histogram by milliseconds."""

    def __init__(self) -> None:
        self.count = 0
        self.largest = 0.0
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        self.count += 1
        self._buckets[int(seconds * 1000)] += 1
        self.largest = max(self.largest, seconds)

    def quantile(self, share: float) -> float:
        """The upper end of the millisecond in which it lies, in seconds; 0 of none."""
        left = share * self.count
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min((bucket + 1) / 1000, self.largest)
        return 0.0


class Lateness:
    """`late` is fed by whoever sends requests; the running loop is watched here, from now on."""

    def __init__(self, late: Delays) -> None:
        self._late = late
        self._lag = Delays()
        self._busiest = 0.0
        self._began = self._second = (monotonic(), process_time())
        self._expect()

    def summary(self, resent: int) -> Summary:
        return Summary(
            sent=self._late.count,
            resent=resent,
            late_p50=self._late.quantile(0.5),
            late_p99=self._late.quantile(0.99),
            late_max=self._late.largest,
            lag_p99=self._lag.quantile(0.99),
            lag_max=self._lag.largest,
            cpu=process_time() - self._began[1],
            busiest=self._busiest,
            seconds=monotonic() - self._began[0],
        )

    def stop(self) -> None:
        self._timer.cancel()

    def _expect(self) -> None:
        self._due = monotonic() + BEAT
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _beat(self) -> None:
        now = (monotonic(), process_time())
        self._lag.add(max(0.0, now[0] - self._due))
        if (passed := now[0] - self._second[0]) >= 1:
            self._busiest = max(self._busiest, (now[1] - self._second[1]) / passed)
            self._second = now
        self._expect()
