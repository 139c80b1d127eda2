"""A fault is undone by whoever is left: its drill, the server, what waits beside the drill, the next drill."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from colonnade import lab
from colonnade.cli.lab import spec_of
from colonnade.cli.session import open_session
from colonnade.drill.fault.breaking import broken
from colonnade.drill.fault.in_lab import restore_lost
from colonnade.drill.fault.leftovers import undo_leftovers
from colonnade.drill.fault.made import identity
from colonnade.drill.fault.offered import power_cuts
from colonnade.drill.fault.waiter import record
from colonnade.model.fault import Fault
from tests.lab.bench import bench, done, left
from tests.lab.breaker import operator
from tests.lab.sites import LabSite

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left(guestbook: LabSite) -> Iterator[None]:
    yield
    assert done(left(guestbook)) == {}
    assert list((guestbook.spec.parent / ".colonnade/lab").glob("lost-*")) == []


def state(site: LabSite, name: str) -> str:
    spec = spec_of(open_session(site.spec, "lab"))
    return next(each.state for each in lab.ps(spec) if each.name == name)


def test_a_machine_loses_its_power_and_gets_it_back(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("server", "lose")
            async with broken(own.breaker, fault, 10) as course:
                assert state(guestbook, fault.server) == "stopped"
            assert course.undone and not course.undone.itself
            assert state(guestbook, fault.server) == "running"

    done(work())


def last_server(site: LabSite) -> Fault:
    return power_cuts(open_session(site.spec, "lab").site.servers)[-1]


def test_a_killed_drill_leaves_no_machine_without_power(guestbook: LabSite) -> None:
    fault = last_server(guestbook)
    with operator(guestbook.spec, fault, 120):
        assert state(guestbook, fault.server) == "stopped"
    waiting = record(guestbook.spec.parent / ".colonnade/lab", fault.server)
    deadline = monotonic() + 60
    while waiting.exists():
        assert monotonic() < deadline
        sleep(0.2)
    assert state(guestbook, fault.server) == "running"


def test_the_next_drill_starts_what_nobody_has(guestbook: LabSite) -> None:
    """The computer itself went down, say, and with it whoever would have started the machine."""
    fault, spec = last_server(guestbook), spec_of(open_session(guestbook.spec, "lab"))
    record(spec.state, fault.server).touch()
    lab.stop(spec, fault.server)
    assert restore_lost(spec) == (fault.server,)
    assert state(guestbook, fault.server) == "running"


def frozen(site: LabSite) -> tuple[Fault, str]:
    """A fault that somebody is about to leave, and what it does there."""

    async def work() -> tuple[Fault, str]:
        async with bench(site) as own:
            return own.fault("nginx", "freeze"), "ps -o stat= -p $(cat /run/nginx.pid)"

    return done(work())


def seen(site: LabSite, fault: Fault, states: str, wanted: str, within: float) -> None:
    async def work() -> None:
        async with bench(site) as own:
            await own.until(fault.server, f"{states} | cut -c 1 | sort -u", wanted, within)

    done(work())


def test_what_a_killed_drill_left_undoes_itself(guestbook: LabSite) -> None:
    fault, states = frozen(guestbook)
    with operator(guestbook.spec, fault, 6):
        pass
    seen(guestbook, fault, states, "T", 1)
    seen(guestbook, fault, states, "S", 30)
    done(leftovers(guestbook))


def test_the_next_drill_undoes_what_a_killed_one_left(guestbook: LabSite) -> None:
    fault, states = frozen(guestbook)
    with operator(guestbook.spec, fault, 120):
        pass
    seen(guestbook, fault, states, "T", 1)
    assert done(leftovers(guestbook)) == {fault.server: (identity(fault),)}
    seen(guestbook, fault, states, "S", 1)
    assert done(leftovers(guestbook)) == {}


async def leftovers(site: LabSite) -> dict[str, tuple[str, ...]]:
    async with bench(site) as own:
        return dict(await undo_leftovers(own.breaker.fleet))


def test_ctrl_c_undoes_at_once(guestbook: LabSite) -> None:
    fault, states = frozen(guestbook)
    with operator(guestbook.spec, fault, 120) as process:
        seen(guestbook, fault, states, "T", 1)
        process.send_signal(signal.SIGINT)
        process.wait(30)
    seen(guestbook, fault, states, "S", 1)
