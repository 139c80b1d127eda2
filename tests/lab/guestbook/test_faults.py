"""Each kind of fault made on real machines: what it does there, and that it is undone, whoever has to do it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, TypeVar

import pytest

from colonnade import lab
from colonnade.cli.lab import spec_of
from colonnade.cli.session import Session, open_session
from colonnade.drill.fault import on_server
from colonnade.drill.fault.breaking import Breaker, broken
from colonnade.drill.fault.in_lab import Power, restore_lost
from colonnade.drill.fault.leftovers import undo_leftovers
from colonnade.drill.fault.made import Made, NotMade, identity
from colonnade.drill.fault.offered import offered, power_cuts
from colonnade.drill.fault.waiter import record
from colonnade.model.fault import Fault
from colonnade.model.site import Role, Server
from colonnade.remote.connection import connect
from colonnade.remote.fleet import open_fleet
from tests.lab.breaker import operator
from tests.lab.sites import LabSite

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

Answer = TypeVar("Answer")
STATES = "ps -o stat= -p"
POSTMASTER = "head -n 1 /var/lib/postgresql/17/colonnade/postmaster.pid"
POSTGRES = "ps -C postgres -o stat="
QUERY = ". /etc/colonnade/apps/web.env; timeout 2 psql -AtXc 'SELECT 1' \"$DATABASE_URL\" 2>&1"
LEFT = (
    "systemctl list-units --all --plain --no-legend 'colonnade-undo-*' 'colonnade-drill-*'; "
    "ls /run/colonnade.faults | grep -v lock$; nft list tables | grep -vx 'table inet colonnade'; "
    "ps -eo stat= | grep ^T"
)


@dataclass(frozen=True)
class Bench:
    """A site with all that its faults need."""

    session: Session
    breaker: Breaker

    @property
    def servers(self) -> dict[str, Server]:
        return self.session.site.by_name

    async def run(self, server: str, command: str) -> str:
        """Its output; whatever its status."""
        _, output, _ = await self.breaker.fleet.remotes[server].run(command)
        return output.decode().strip()

    async def until(self, server: str, command: str, wanted: str, within: float = 20) -> None:
        deadline = monotonic() + within
        while (seen := await self.run(server, command)) != wanted:
            assert monotonic() < deadline, f"{server}: {command}: {seen!r}, not {wanted!r}"
            await asyncio.sleep(0.2)

    def fault(self, component: str, name: str, server: str = "") -> Fault:
        """On the last server that offers it."""
        site = self.session.site
        faults = (*offered(self.session.remembered_design().layout), *power_cuts(site.servers))
        return [f for f in faults if (f.component, f.name) == (component, name) and server in ("", f.server)][-1]

    async def standby(self) -> str:
        """A server whose PostgreSQL is no primary."""
        for server in self.session.site.having(Role.DB):
            if await self.run(server.name, "runuser -u postgres -- psql -AtXc 'SELECT pg_is_in_recovery()'") == "t":
                return server.name
        raise AssertionError("no standby")


@asynccontextmanager
async def bench(site: LabSite) -> AsyncIterator[Bench]:
    session = open_session(site.spec, "lab")
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        yield Bench(session, Breaker(fleet, session.site.access, Power(spec_of(session))))


def done(work: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(work)


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left(guestbook: LabSite) -> Iterator[None]:
    yield

    async def look() -> dict[str, str]:
        async with bench(guestbook) as own:
            found = {name: await own.run(name, LEFT) for name in own.servers}
        return {name: seen for name, seen in found.items() if seen}

    assert done(look()) == {}
    assert list((guestbook.spec.parent / ".colonnade/lab").glob("lost-*")) == []


FROZEN = {
    "a daemon": ("nginx", "freeze", f"{STATES} $(cat /run/nginx.pid)"),
    "a daemon's workers": ("haproxy", "freeze", f"{STATES} $(pgrep -d, -P $(systemctl show -P MainPID haproxy))"),
    "PostgreSQL": ("patroni", "freeze", POSTGRES),
    "Patroni": ("patroni", "freeze-patroni", f"{STATES} $(systemctl show -P MainPID patroni)"),
}


@pytest.mark.parametrize("what", FROZEN)
def test_what_is_frozen_stands_still_until_it_is_undone(guestbook: LabSite, what: str) -> None:
    component, name, states = FROZEN[what]

    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault(component, name, await own.standby() if component == "patroni" else "")
            async with broken(own.breaker, fault, 10):
                assert {each[0] for each in (await own.run(fault.server, states)).split()} == {"T"}
                others = {"Patroni": POSTGRES, "PostgreSQL": FROZEN["Patroni"][2]}.get(what)
                assert not others or "T" not in await own.run(fault.server, others)
            assert "T" not in await own.run(fault.server, states)

    done(work())


WORKER = "pgrep -P $(systemctl show -P MainPID haproxy)"
KILLED = {
    "nginx": ("nginx", "kill", "systemctl show -P MainPID nginx"),
    "HAProxy's worker": ("haproxy", "kill", WORKER),
    "PostgreSQL": ("patroni", "kill", POSTMASTER),
    "all of PostgreSQL": ("patroni", "kill-all", POSTMASTER),
    "Patroni": ("patroni", "kill-patroni", "systemctl show -P MainPID patroni"),
}


@pytest.mark.parametrize("what", KILLED)
def test_what_is_killed_comes_back_as_another_process(guestbook: LabSite, what: str) -> None:
    component, name, pid = KILLED[what]

    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault(component, name, await own.standby() if component == "patroni" else "")
            before, postmaster = await own.run(fault.server, pid), await own.run(fault.server, f"{POSTMASTER} 2>&1")
            async with broken(own.breaker, fault, 10) as course:
                assert isinstance(course.made, Made), course.made
            other = f'p=$({pid}); [ -n "$p" ] && [ "$p" != 0 ] && [ "$p" != \'{before}\' ] && kill -0 $p && echo yes'
            await own.until(fault.server, other, "yes")
            if what == "Patroni":
                assert await own.run(fault.server, POSTMASTER) == postmaster

    done(work())


@pytest.mark.parametrize("component", ["app", "etcd", "pgbouncer"])
def test_what_is_stopped_is_started_again(guestbook: LabSite, component: str) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault(component, "stop")
            ask = f"systemctl is-active {fault.inject.split()[-1]}"
            async with broken(own.breaker, fault, 10):
                await own.until(fault.server, ask, "inactive")
                refused = await own.breaker.inject(own.fault(component, "kill", fault.server), 10)
                assert isinstance(refused, NotMade)
                assert "does not run" in refused.reason
            await own.until(fault.server, ask, "active")

    done(work())


def test_a_forgotten_pause_ends_by_itself(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("pgbouncer", "pause")
            assert await own.run(fault.server, QUERY) == "1"
            made = await on_server.inject(own.breaker.fleet, fault, 5)
            assert isinstance(made, Made)
            assert await own.run(fault.server, QUERY) == ""
            await own.until(fault.server, QUERY, "1")
            undone = await own.breaker.undo(made)
            assert undone.itself
            assert undone.at == pytest.approx(made.until, abs=0.5)

    done(work())


@pytest.mark.parametrize("name", ["cut-peers", "cut-in", "cut-out"])
def test_a_server_is_cut_from_its_peers_and_not_from_the_operator(guestbook: LabSite, name: str) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("base", name, await own.standby())
            peer = next(each for each in own.session.site.having(Role.DB) if each.name != fault.server)
            reach = f"timeout 1 bash -c '</dev/tcp/{peer.address}/5432' 2>/dev/null && echo yes || echo no"
            assert await own.run(fault.server, reach) == "yes"
            async with broken(own.breaker, fault, 10):
                assert await own.run(fault.server, reach) == "no"
                async with connect(own.servers[fault.server], own.session.site.access) as anew:
                    assert (await anew.run("true"))[0] == 0
            assert await own.run(fault.server, reach) == "yes"

    done(work())


def test_a_server_without_any_network_comes_back_by_itself(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("base", "cut", await own.standby())
            async with broken(own.breaker, fault, 4) as course:
                assert isinstance(course.made, Made)
                await asyncio.sleep(course.made.at + 0.5 - monotonic())
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(asyncio.open_connection(own.servers[fault.server].address, 22), 2)
            assert course.undone and course.undone.itself and course.undone.made_at
            assert course.undone.at - course.undone.made_at == pytest.approx(4, abs=0.5)

    done(work())


def test_a_full_disk_has_room_again_afterwards(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("base", "fill-disk", "" if len(own.servers) > 3 else await own.standby())
            write = "runuser -u nobody -- dd if=/dev/zero of=/var/tmp/more bs=1M count=8 2>&1; rm -f /var/tmp/more"
            async with broken(own.breaker, fault, 10) as course:
                assert isinstance(course.made, Made), course.made
                await asyncio.sleep(0.5)
                assert "No space left on device" in await own.run(fault.server, write)
            assert "8+0 records out" in await own.run(fault.server, write)

    done(work())


@pytest.mark.parametrize(("component", "name"), [("patroni", "squeeze-memory"), ("base", "jump-clock")])
def test_what_a_lab_cannot_make_is_said_and_not_made(guestbook: LabSite, component: str, name: str) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            async with broken(own.breaker, own.fault(component, name), 10) as course:
                assert isinstance(course.made, NotMade)
                assert course.made.reason
            assert course.undone is None

    done(work())


def test_the_moment_is_known_by_the_operators_clock(guestbook: LabSite) -> None:
    """Machines of the lab share this computer's clock: what the server wrote down is what we should have learned."""

    async def work() -> None:
        async with bench(guestbook) as own:
            fault = own.fault("nginx", "freeze")
            async with broken(own.breaker, fault, 10) as course:
                assert isinstance(course.made, Made)
                written = json.loads(await own.run(fault.server, f"cat /run/colonnade.faults/{identity(fault)}.json"))
            late = course.made.at - written["at"]
            print(f"{late * 1000:.1f} ms late")
            assert 0 <= late < 0.05

    done(work())


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
    with operator(guestbook.spec, fault, 600):
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
            return own.fault("nginx", "freeze"), FROZEN["a daemon"][2]

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
    with operator(guestbook.spec, fault, 600):
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
    with operator(guestbook.spec, fault, 600) as process:
        seen(guestbook, fault, states, "T", 1)
        process.send_signal(signal.SIGINT)
        process.wait(30)
    seen(guestbook, fault, states, "S", 1)
