"""What verbs begin with that look at the servers. Apart from the session: SSH is a third of a verb's start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from colonnade.apply.facts import known_facts
from colonnade.apply.leaving import Leave, described, leaves, was, welcome, wider
from colonnade.apply.plan import make_plan
from colonnade.apply.read import read
from colonnade.cli.session import Session
from colonnade.design import design
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.plan import Plan
from colonnade.remote.fleet import Fleet, open_fleet


@dataclass(frozen=True)
class View:
    """The servers as they are, and the design for them."""

    fleet: Fleet
    design: Design
    actual: dict[str, Actual]
    """Also of servers that have left the spec, where they answer."""
    failures: dict[str, UserError]
    """Of the spec's servers."""
    wide: Design
    """With the servers and roles that have left the spec, as long as something of theirs runs."""
    leaves: tuple[Leave, ...]

    def plan(self) -> Plan:
        """Everything that an apply will do, leaves included."""
        made = make_plan(self.design, self.actual)
        doors = welcome(self.wide, self.design, self.actual).changes if self.leaves else ()
        told = tuple(change for leave in self.leaves for change in described(leave))
        opened = tuple(change for change in doors if change.server not in self.design.servers)
        return replace(made, changes=(*made.changes, *opened, *told))


@asynccontextmanager
async def view(session: Session) -> AsyncIterator[View]:
    """Connects, reads, designs."""
    site = session.site
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(open_fleet(site.servers, site.access))
        # Most runs find what the last one has measured: the design for that is made while the servers answer.
        (actual, failures), expected = await asyncio.gather(read(fleet), asyncio.to_thread(session.remembered_design))
        if gone := [server for name, server in was(site, actual).items() if name not in site.by_name]:
            others = await stack.enter_async_context(open_fleet(gone, site.access))
            actual |= (await read(others))[0]
            fleet = replace(fleet, remotes={**fleet.remotes, **others.remotes})
        facts = known_facts(session.loaded.state, actual)
        final = expected if expected.layout.facts == facts else design(site, session.vault, facts)
        grown = wider(site, actual)
        wide = final if grown == site else design(grown, session.vault, facts)
        yield View(fleet, final, actual, failures, wide, leaves(wide, final, actual))
