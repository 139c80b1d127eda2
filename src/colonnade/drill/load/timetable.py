"""When requests are due: fixed before the load begins, from the rates and the seed alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import accumulate, count, repeat
from random import Random
from typing import Literal, NamedTuple

from colonnade.drill.load.load import Stream

Arrivals = Literal["constant", "jitter", "exponential"]


class Due(NamedTuple):
    """The `number`th request of a stream, counted from 0. `offset` is in seconds since the load began."""

    offset: float
    stream: int
    number: int


def offsets(rate: float, arrivals: Arrivals, random: Random) -> Iterator[float]:
    """Seconds since the beginning, ascending, for ever."""
    if arrivals == "constant":
        return (number / rate for number in count())
    if arrivals == "jitter":
        return ((number + random.random()) / rate for number in count())
    return accumulate(random.expovariate(each) for each in repeat(rate))


def timetable(streams: Iterable[Stream], seed: int) -> Iterator[Due]:
    """All streams' requests in the order in which they are due. The same seed gives the same times."""
    return heapq.merge(*(_of(index, stream, seed) for index, stream in enumerate(streams)))


def _of(index: int, stream: Stream, seed: int) -> Iterator[Due]:
    times = offsets(stream.rate, stream.arrivals, Random(f"{seed}/{index}"))  # noqa: S311  no secret follows from it
    return (Due(offset, index, number) for number, offset in enumerate(times))
