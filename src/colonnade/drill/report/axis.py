"""Scales: a moment or a latency to its place, and the round numbers that are written beside the axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from colonnade.drill.history import History, Operation
from colonnade.visual.svg import ACROSS

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
LABELS = 10
"""About as many fit beside each other."""


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds of the history across a figure."""

    start: float
    end: float

    def share(self, at: float) -> float:
        """0 at the left edge, 1 at the right one."""
        return (at - self.start) / (self.end - self.start)

    def percent(self, at: float) -> str:
        return f"{100 * min(1.0, max(0.0, self.share(at))):.2f}%"

    def unit(self, at: float) -> float:
        """Across a sheet."""
        return ACROSS * self.share(at)

    def ticks(self, most: int = LABELS) -> list[float]:
        """Round moments, `most` at most."""
        step = round_step((self.end - self.start) / most)
        first, last = math.ceil(self.start / step), math.floor(self.end / step)
        return [count * step for count in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Decades:
    """Milliseconds up a figure, each ten times as much as far above the one before; in pixels from the top."""

    low: int
    """Powers of ten."""
    high: int
    height: float

    def y(self, milliseconds: float) -> float:
        power = math.log10(max(milliseconds, 10.0**self.low))
        return self.height * (1 - min(1.0, (power - self.low) / (self.high - self.low)))

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def round_step(least: float) -> float:
    return next((step for step in STEPS if step >= least), least)


def time_of(history: History) -> Time:
    """From the first to the last moment of the load and of the faults."""
    faults = [at for each in history.injections for at in (each.injected, each.healed) if at is not None]
    dues = [each.scheduled for each in history.operations]
    start = min([*dues, *faults], default=0.0)
    # Operations are in the order of their ends. A second at least: nothing can be drawn on an axis without length.
    return Time(start, max([*dues, *faults, *(each.ended for each in history.operations[-1:]), start + 1.0]))


def decades_of(operations: Sequence[Operation], height: float) -> Decades:
    """Whole powers of ten that hold all of them; 1 ms to 1 s at least, so that drills can be compared by eye."""
    taken = [each.latency * 1000 for each in operations]
    return Decades(0, max(3, math.ceil(math.log10(max([*taken, 1.0])))), height)


def milliseconds(value: float) -> str:
    """`10 ms`, `1 s`."""
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"


def path(points: Iterable[tuple[float, float]]) -> str:
    """A line through the points, in tenths of a unit."""
    told = [f"{_short(x)} {_short(y)}" for x, y in points]
    return f"M{'L'.join(told)}" if told else ""


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
