"""The search for an order, against one that tries them all."""

from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.linearizable import Answer, Step, search


def any_order(steps: list[Step], value: int) -> bool:
    """By definition: the first step is one that no other step ended before; then the rest."""
    must = [each.ended for each in steps if each.ended < inf]
    if not must:
        return True
    first = [each for each in steps if each.started <= min(must) and (each.writes or each.value == value)]
    return any(any_order([each for each in steps if each is not one], one.value) for one in first)


@st.composite
def registers(draw: st.DrawFn) -> list[Step]:
    """Few values, so that many reads fit in many places."""
    steps = []
    for number in range(draw(st.integers(1, 7))):
        started, lasts = draw(st.integers(0, 9)), draw(st.integers(0, 6))
        writes, lost = draw(st.booleans()), draw(st.integers(0, 3)) == 0
        ended = inf if writes and lost else started + lasts
        steps.append(Step(number, writes, draw(st.integers(0, 3)), started, ended))
    return steps


@settings(max_examples=500, deadline=None)
@given(registers())
def test_it_agrees_with_trying_every_order(steps: list[Step]) -> None:
    assert (search(steps, 0, 1_000_000).answer is Answer.YES) == any_order(steps, 0)


def test_a_dead_write_goes_first_where_a_later_read_needs_it_out_of_the_way() -> None:
    """Both writes are wanted; the first must come before the second, or the last read could not be."""
    steps = [
        Step(0, True, 1, 0, 5),
        Step(1, True, 2, 0, 9),
        Step(2, False, 2, 1, 4),
        Step(3, False, 2, 6, 8),
        Step(4, True, 1, 8, 9),
        Step(5, False, 1, 10, 11),
    ]
    assert any_order(steps, 0)
    assert search(steps, 0, 1000).answer is Answer.YES


def test_it_gives_up_at_its_limit() -> None:
    steps = [Step(n, True, n, 0, 100) for n in range(12)] + [
        Step(12 + n, False, n, 200 + n, 201 + n) for n in range(12)
    ]
    outcome = search(steps, 0, 10)
    assert (outcome.answer, outcome.states) == (Answer.GAVE_UP, 10)
