"""A site with all that its faults need, for tests that make them one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import pytest

from colonnade.cli.lab import spec_of
from colonnade.cli.session import Session, open_session
from colonnade.drill.fault.breaking import Breaker, Course
from colonnade.drill.fault.in_lab import Power
from colonnade.drill.fault.leftovers import undo_leftovers
from colonnade.drill.fault.made import Made, NotMade
from colonnade.drill.fault.offered import offered, power_cuts
from colonnade.model.fault import Fault
from colonnade.model.site import Role, Server
from colonnade.remote.fleet import open_fleet
from tests.lab.sites import LabSite

Answer = TypeVar("Answer")
# Inside a container there are no loop devices: a lab's machines have no disks of their own there.
NO_DISK = "its disk is that of the computer it runs on"
LEFT = (
    "systemctl list-units --all --plain --no-legend 'colonnade-undo-*' 'colonnade-drill-*'; "
    "ls /run/colonnade.faults | grep -v lock$; nft list tables | grep -vx 'table inet colonnade'; "
    "ps -eo stat= | grep ^T"
)


@dataclass(frozen=True)
class Bench:
    """Its spec, and what breaks it."""

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


def in_force(course: Course) -> Made:
    """Skips the test where this computer cannot make the fault, as its drill says."""
    if isinstance(course.made, NotMade) and NO_DISK in course.made.reason:
        pytest.skip(course.made.reason)
    assert isinstance(course.made, Made), course.made
    return course.made


def done(work: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(work)


async def left(site: LabSite) -> dict[str, str]:
    """What faults have left on the servers, undone then: the tests that follow want the site whole."""
    async with bench(site) as own:
        found = {name: await own.run(name, LEFT) for name in own.servers}
        await undo_leftovers(own.breaker.fleet)
    return {name: seen for name, seen in found.items() if seen}
