"""Each kind of fault made on real machines: what it does there, and that it is undone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from time import monotonic

import pytest

from colonnade.drill.fault import on_server
from colonnade.drill.fault.breaking import broken
from colonnade.drill.fault.made import Made, NotMade, identity
from colonnade.model.site import Role
from colonnade.remote.connection import connect
from tests.lab.bench import bench, done, in_force, left
from tests.lab.sites import LabSite

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

STATES = "ps -o stat= -p"
POSTMASTER = "head -n 1 /var/lib/postgresql/17/colonnade/postmaster.pid"
POSTGRES = "ps -C postgres -o stat="
QUERY = ". /etc/colonnade/apps/web.env; timeout 2 psql -AtXc 'SELECT 1' \"$DATABASE_URL\" 2>&1"


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left(guestbook: LabSite) -> Iterator[None]:
    yield
    assert done(left(guestbook)) == {}
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
                in_force(course)
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
