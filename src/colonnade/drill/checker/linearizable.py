"""Is there one order of a register's operations, each at a moment within its time, that explains every read?

The search of Wing & Gong (1993) with Lowe's memoization (2017): put one step that may come next after another, and
never go on twice from the same set of steps done. NP-complete in general; what keeps it short for registers, and loses
no order:

- a read of the value that stands is put in at once, for it changes nothing. When no such read is left that may come
  next, the value is of no more use: what must come first is a write, or a read of another value. So the set of steps
  done is the whole state;
- a write that no open read wants is put in at once;
- of several writes of one value, the one that has to come first is taken;
- a write of unknown result is put in only right before a read of it. Without one, it may as well never happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf


@dataclass(frozen=True, slots=True)
class Step:
    """One write or read, and the seconds between which it happened."""

    number: int
    """The caller's own."""
    writes: bool
    value: int
    started: float
    ended: float
    """Infinite for a write of unknown result: it may happen late, or never."""


class Answer(Enum):
    """`GAVE_UP`: more states than were allowed."""

    YES = 1
    NO = 2
    GAVE_UP = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """`blamed`, where the longest order ended: a read that did not fit, and the step that had to come first."""

    answer: Answer
    states: int
    blamed: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The first `must` steps have to happen, in the order of their starts. A set of steps is an integer's bits."""

    steps: Sequence[Step]
    must: int
    reads: Mapping[int, int]
    """The reads of each value."""
    writes: Mapping[int, int]

    def wanted(self, value: int, done: int) -> bool:
        return bool(self.reads.get(value, 0) & ~done)

    def starved(self, value: int, done: int) -> bool:
        """A read still wants it, and it is never written again."""
        return self.wanted(value, done) and not self.writes.get(value, 0) & ~done


def search(steps: Iterable[Step], initial: int, limit: int) -> Outcome:
    """The answer after at most `limit` states; `initial` is the value that stands first."""
    register = _register(steps)
    seen, stack, furthest = set[int](), [(0, initial)], 0
    while stack and len(seen) < limit:
        done, value = stack.pop()
        done = _settled(register, done, value)
        if done in seen:
            continue
        seen.add(done)
        if done.bit_count() > furthest.bit_count():
            furthest = done
        if not ~done & ((1 << register.must) - 1):
            return Outcome(Answer.YES, len(seen))
        if not register.starved(value, done):
            stack.extend(_branches(register, done))
    return Outcome(Answer.GAVE_UP if stack else Answer.NO, len(seen), _blamed(register, furthest))


def _register(steps: Iterable[Step]) -> Register:
    ordered = sorted(steps, key=lambda each: (each.ended == inf, each.started))
    bits: dict[bool, dict[int, int]] = {True: defaultdict(int), False: defaultdict(int)}
    for place, each in enumerate(ordered):
        bits[each.writes][each.value] |= 1 << place
    return Register(ordered, sum(each.ended < inf for each in ordered), bits[False], bits[True])


def _next(register: Register, done: int) -> tuple[list[int], float]:
    """The steps that must happen and may come next, and the time by which one of them must."""
    place, deadline, found = (~done & (done + 1)).bit_length() - 1, inf, []
    while place < register.must and register.steps[place].started <= deadline:
        if not done >> place & 1:
            found.append(place)
            deadline = min(deadline, register.steps[place].ended)
        place += 1
    return found, deadline


def _settled(register: Register, done: int, value: int) -> int:
    """What is done when all has been put in that leaves no choice: first the reads, for a write ends them."""

    def reads(step: Step, done: int) -> bool:
        return not step.writes and step.value == value

    def idle(step: Step, done: int) -> bool:
        return step.writes and not register.wanted(step.value, done)

    return _all(register, _all(register, done, reads), idle)


def _all(register: Register, done: int, fits: Callable[[Step, int], bool]) -> int:
    before = -1
    while before != done:
        before = done
        for place in _next(register, done)[0]:
            if fits(register.steps[place], done):
                done |= 1 << place
    return done


def _branches(register: Register, done: int) -> Iterator[tuple[int, int]]:
    """The writes that may come next; the most promising last, for it is tried first."""
    places, deadline = _next(register, done)
    asked = {register.steps[each].value for each in places if not register.steps[each].writes}
    writes = [each for each in places if register.steps[each].writes]
    late = [each for each in _late(register, done, deadline) if register.steps[each].value in asked]
    by_end = sorted(writes + late, key=lambda each: register.steps[each].ended, reverse=True)
    first = {register.steps[each].value: each for each in by_end}
    for value, each in sorted(first.items(), key=lambda item: item[0] in asked):
        yield done | 1 << each, value


def _late(register: Register, done: int, deadline: float) -> Iterator[int]:
    """Writes of unknown result that may have happened by now."""
    for place in range(register.must, len(register.steps)):
        if register.steps[place].started <= deadline and not done >> place & 1:
            yield place


def _blamed(register: Register, done: int) -> tuple[Step, ...]:
    first = [register.steps[each] for each in _next(register, done)[0]]
    reads = [each for place, each in enumerate(register.steps) if not each.writes and not done >> place & 1]
    starved = [each for each in reads if register.starved(each.value, done)]
    unfit = starved or [each for each in first if not each.writes]
    return tuple(dict.fromkeys(min(each, key=lambda each: each.ended) for each in (unfit, first) if each))
