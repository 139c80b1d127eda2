"""Operations gathered by time: what the figures draw and their tables tell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.drill.history import Operation, Result
from colonnade.drill.measure import percentile
from colonnade.drill.report.axis import Decades, Time, round_step
from colonnade.visual.svg import ACROSS

# A cell of the picture of latencies: small enough to look like a dot, large enough to be seen.
CELL = 3
# Operations in one cell from which it is drawn darker.
LEVELS = (1, 3, 10, 30)
ROWS = 40
"""Of a table that tells a figure."""


@dataclass(frozen=True, slots=True)
class Bin:
    """What was due in a stretch of time. Latencies in milliseconds, of successes."""

    start: float
    seconds: float
    ok: int
    failed: int
    p50: float | None
    p99: float | None
    longest: float | None


def bins(operations: Iterable[Operation], time: Time, seconds: float) -> tuple[Bin, ...]:
    """Stretches of equal length from the start; the last may reach over the end."""
    count = max(1, math.ceil((time.end - time.start) / seconds))
    taken: list[list[float]] = [[] for _ in range(count)]
    failed = [0] * count
    for each in operations:
        place = min(count - 1, int((each.scheduled - time.start) / seconds))
        if each.result is Result.OK:
            taken[place].append(each.latency * 1000)
        else:
            failed[place] += 1
    return tuple(_bin(time.start + n * seconds, seconds, sorted(taken[n]), failed[n]) for n in range(count))


def _bin(start: float, seconds: float, taken: Sequence[float], failed: int) -> Bin:
    longest = taken[-1] if taken else None
    return Bin(start, seconds, len(taken), failed, percentile(taken, 500), percentile(taken, 990), longest)


def rows(time: Time) -> float:
    """The length of stretches for a table that can still be read."""
    return round_step((time.end - time.start) / ROWS)


def ends(operations: Iterable[Operation], time: Time, seconds: float) -> list[int]:
    """How many ended in each stretch."""
    counts = [0] * max(1, math.ceil((time.end - time.start) / seconds))
    for each in operations:
        counts[min(len(counts) - 1, int((each.ended - time.start) / seconds))] += 1
    return counts


def cells(operations: Iterable[Operation], time: Time, scale: Decades) -> dict[int, list[tuple[int, int, int]]]:
    """Every operation in a cell of the figure, so that each extreme is seen however many there are.

    By level of darkness: runs of cells above each other, as (column, first row, rows).
    """
    columns, lines = ACROSS // CELL, int(scale.height) // CELL
    found = Counter(
        (
            min(columns - 1, int(time.unit(each.scheduled)) // CELL),
            min(lines - 1, int(scale.y(each.latency * 1000)) // CELL),
        )
        for each in operations
    )
    levels = {place: sum(count >= least for least in LEVELS) - 1 for place, count in found.items()}
    return {
        level: list(_runs(sorted(place for place, its in levels.items() if its == level)))
        for level in range(len(LEVELS))
    }


def _runs(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    column, first, count = -1, 0, 0
    for x, y in places:
        if x == column and y == first + count:
            count += 1
            continue
        if count:
            yield column, first, count
        column, first, count = x, y, 1
    if count:
        yield column, first, count
