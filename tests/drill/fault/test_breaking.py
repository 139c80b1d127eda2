"""However the block ends, its fault is undone once, unless it was never made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from colonnade.drill.fault.breaking import Breaker, Course, broken
from colonnade.drill.fault.made import GRACE, Made, NotMade, Undone, identity, lasting
from colonnade.drill.fault.on_server import Answers
from colonnade.errors import UserError
from colonnade.model.fault import Fault
from colonnade.model.site import Access
from colonnade.remote.fleet import Fleet

FAULT = Fault("nginx", "stop", "web1", "nginx is stopped", "systemctl stop nginx", "systemctl start nginx")


@dataclass
class Remembering(Breaker):
    """Breaks nothing."""

    refuses: bool = False
    fails: bool = False
    slow: float = 0.0
    did: list[str] = field(default_factory=list)

    async def inject(self, fault: Fault, hold: float) -> Made | NotMade:
        await asyncio.sleep(self.slow)
        self.did.append("inject")
        if self.fails:
            raise UserError(fault.server, "the connection was lost")
        return NotMade(fault, "not here") if self.refuses else Made(fault, 100.0, 100.0 + hold)

    async def undo(self, made: Made) -> Undone:
        await asyncio.sleep(self.slow)
        self.did.append(f"undo {made.fault.name}")
        return Undone(105.0, itself=False)


def breaker(**options: object) -> Remembering:
    return Remembering(Fleet({}), Access(), **options)  # type: ignore[arg-type]


async def held(one: Remembering, seconds: float = 0.0) -> Course:
    async with broken(one, FAULT, 5) as course:
        one.did.append("inside")
        await asyncio.sleep(seconds)
    return course


def test_a_fault_is_in_force_inside_and_undone_after() -> None:
    one = breaker()
    course = asyncio.run(held(one))
    assert one.did == ["inject", "inside", "undo stop"]
    assert (course.made, course.undone) == (Made(FAULT, 100.0, 105.0), Undone(105.0, itself=False))


def test_an_error_inside_undoes_it() -> None:
    async def crash(one: Remembering) -> None:
        async with broken(one, FAULT, 5):
            raise ZeroDivisionError

    one = breaker()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(crash(one))
    assert one.did == ["inject", "undo stop"]


def test_what_was_not_made_is_not_undone() -> None:
    one = breaker(refuses=True)
    course = asyncio.run(held(one))
    assert one.did == ["inject", "inside"]
    assert course.made == NotMade(FAULT, "not here")
    assert course.undone is None


def test_what_may_have_been_made_is_undone() -> None:
    one = breaker(fails=True)
    with pytest.raises(UserError, match="the connection was lost"):
        asyncio.run(held(one))
    assert one.did == ["inject", "undo stop"]


@pytest.mark.parametrize("after", [0.05, 0.3])
def test_an_interruption_waits_for_the_request_under_way_and_undoes_it(after: float) -> None:
    """While it is being made, and while it is in force."""

    async def interrupted(one: Remembering) -> None:
        task = asyncio.create_task(held(one, 60))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    one = breaker(slow=0.15)
    asyncio.run(interrupted(one))
    assert [each for each in one.did if each != "inside"] == ["inject", "undo stop"]


def test_an_interruption_does_not_end_the_undoing() -> None:
    async def interrupted(one: Remembering) -> None:
        task = asyncio.create_task(held(one))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    one = breaker(slow=0.15)
    asyncio.run(interrupted(one))
    assert one.did[-1] == "undo stop"


def test_a_server_waits_longer_than_the_drill_unless_the_operator_is_cut_off() -> None:
    cut = Fault("base", "cut", "web1", "no packet", "nft", "nft", isolates=True)
    assert (lasting(FAULT, 5), lasting(cut, 5)) == (5 + GRACE, 5)


def test_an_id_is_the_same_for_the_same_fault_alone() -> None:
    other = Fault("nginx", "stop", "web1", "nginx is stopped", "systemctl stop nginx2", "")
    assert identity(FAULT) == identity(FAULT) != identity(other)
    assert identity(FAULT).startswith("nginx-stop-")


def test_a_servers_clock_is_read_by_its_fastest_answer() -> None:
    """It is 1000 s ahead of ours; its answers took 80, 2 and 30 ms."""
    said = Answers([(10.08, {"now": 1010.0}), (11.002, {"now": 1011.0}), (12.03, {"now": 1012.0})])
    assert said.here(1011.5) == pytest.approx(11.502)
