"""The history's clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since the history began; the operator's monotonic clock, which no correction of the time moves."""

    origin: float = field(default_factory=monotonic)

    def now(self) -> float:
        return monotonic() - self.origin
