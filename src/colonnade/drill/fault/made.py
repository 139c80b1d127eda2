"""What became of a fault. Times are seconds of this computer's monotonic clock (`time.monotonic()`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from colonnade.model.fault import Fault

# Beyond the time that a fault is meant to last: who lives undoes it himself and need not hurry.
GRACE = 20.0


@dataclass(frozen=True, slots=True)
class Made:
    """It is in force."""

    fault: Fault
    at: float
    until: float
    """When it is undone even if the operator's computer is lost."""


@dataclass(frozen=True, slots=True)
class NotMade:
    """Nothing was broken. Never counts as survived."""

    fault: Fault
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """It is in force no more."""

    at: float
    itself: bool
    """The server's own timer came first."""
    made_at: float | None = None
    """When it was made, where that was known only afterwards."""


def identity(fault: Fault) -> str:
    """The same for the same fault, and unlike any other's on its server. Fits into the name of a unit."""
    return f"{fault.component}-{fault.name}-{hashlib.sha256(fault.inject.encode()).hexdigest()[:8]}"


def lasting(fault: Fault, hold: float) -> float:
    """Seconds until the server undoes it itself. What cuts the operator off lasts as long as it is meant to."""
    return hold if fault.isolates else hold + GRACE
