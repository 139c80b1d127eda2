"""Carries out a plan. On a fresh site all servers at once; on a serving one a failure domain at a time, with gates."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from time import monotonic
from typing import Any

from colonnade.apply.drain import kept_away
from colonnade.apply.draining import before_stop
from colonnade.apply.safety import objection, worse
from colonnade.apply.shipping import ship
from colonnade.components import discover
from colonnade.errors import UserError
from colonnade.model.design import Design
from colonnade.model.drain import Drain
from colonnade.model.observation import Reading
from colonnade.model.plan import RELEASE, Change, Plan
from colonnade.observe.probing import Readings, observe
from colonnade.remote.agent import follow
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

# A switchover takes about 5 s and a returning replica about 10; a minute means that something is wrong.
PATIENCE = 60.0
BETWEEN_LOOKS = 0.5
# A request in flight gets this long to end before its server stops; the stopping daemon grants more, if it does.
IN_FLIGHT = 10.0
# Seconds after which a drained server comes back by itself: longer than one server's restarts and the wait after them.
LEASE = 300.0

# Told of each step when it begins to wait and when it is done: (server, component, text).
Report = Callable[[str, str, str], None]


Changes = Mapping[str, tuple[Change, ...]]


@dataclass
class Outcome:
    """What was done, and every server's failure."""

    done: int = 0
    failures: dict[str, UserError] = field(default_factory=dict)


@dataclass(frozen=True)
class Execution:
    design: Design
    plan: Plan
    fleet: Fleet
    report: Report
    outcome: Outcome = field(default_factory=Outcome)

    async def run(self) -> Outcome:
        """All phases in order; the first phase with a failure is the last."""
        for phase in self.plan.phases:
            await self._phase(self.plan.of(phase))
            if self.outcome.failures:
                break
        return self.outcome

    async def _phase(self, changes: Changes) -> None:
        """What nobody can notice goes everywhere at once, the rest a failure domain at a time.

        Servers that need not stop anything go before those that begin, which may have to be let in by them (pg_hba);
        those that stop go last, when the ones that begin may stand in for them.
        """
        first, rest = split(changes)
        stopping = {name: each for name, each in rest.items() if any(change.stops for change in each)}
        await self._in_turn({name: each for name, each in rest.items() if name not in stopping})
        await self.act(first)
        await self._in_turn(stopping)

    async def _in_turn(self, changes: Changes) -> None:
        for group in await self._domains(changes) if changes else ():
            if self.outcome.failures:
                return
            await self._gated({name: changes[name] for name in group})

    async def act(self, changes: Changes) -> None:
        """On all servers at once, without asking anybody."""
        if self.outcome.failures:
            return

        async def one(remote: Remote) -> None:
            mine = changes[remote.server.name]
            await (self._ship(mine) if mine[0].component == RELEASE else self._steps(remote, mine))

        _, failures = await self.fleet.each(one, changes)
        self.outcome.failures.update(failures)

    async def _ship(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            await ship(self.fleet, change)
            self.outcome.done += 1
            self.report(change.server, change.component, f"{change.action} {change.target}")

    async def _steps(self, remote: Remote, changes: tuple[Change, ...]) -> None:
        name = remote.server.name

        def each(answer: dict[str, Any]) -> None:
            change = changes[answer["step"]]
            if not answer["ok"]:
                raise UserError(name, answer["problem"], "mend the cause and apply again", detail=answer["detail"])
            self.outcome.done += 1
            self.report(name, change.component, f"{change.action} {change.target}")

        self.report(name, changes[0].component, "")
        await follow(remote, "act", each, steps=[dict(change.step) for change in changes])

    async def _domains(self, changes: Changes) -> list[tuple[str, ...]]:
        """Servers by failure domain. Where something stops, each server alone, those with an objection last."""
        site = self.design.layout.site
        if not any(change.stops for server in changes.values() for change in server):
            ranked = sorted(changes, key=lambda n: site.by_name[n].domain)
            return [tuple(group) for _, group in groupby(ranked, key=lambda n: site.by_name[n].domain)]
        readings = await self._look()
        late = {n for n in changes if objection(site, readings, site.by_name[n], changes[n])}
        # Not even two servers of one domain together: each was asked whether it may stop while the other stands.
        return [(n,) for n in sorted(changes, key=lambda n: (n in late, site.by_name[n].domain))]

    async def _gated(self, changes: Changes) -> None:
        """Lifts objections, drains what stops, acts, and waits until what was well before is well again."""
        before = await self._look(changes)
        for name, mine in changes.items():
            if any(change.stops for change in mine):
                await self.lift(name, mine)
        async with kept_away(self.fleet, self._drains(changes), LEASE, IN_FLIGHT):
            await self.act(changes)
            if not self.outcome.failures:
                await self._settle(before, changes)

    def _drains(self, changes: Changes) -> tuple[Drain, ...]:
        layout, found = self.design.layout, list[Drain]()
        for name, mine in changes.items():
            stopping = {change.component for change in mine if change.stops and not change.first}
            found += before_stop(layout, layout.site.by_name[name], stopping & discover().keys())
        return tuple(found)

    async def _look(self, names: Collection[str] | None = None) -> Readings:
        return await observe(self.design.layout, self.fleet, names)

    async def lift(self, name: str, changes: tuple[Change, ...]) -> None:
        """Waits until nothing objects to what is stopped there, and does what lifts an objection.

        Asks all servers: whether one may stop depends on how the others are."""
        site, remedied = self.design.layout.site, set[str]()
        deadline = monotonic() + PATIENCE
        while found := objection(site, await self._look(), site.by_name[name], changes):
            if monotonic() > deadline:
                raise UserError(name, found.reason, "nothing was stopped there; see colonnade status")
            if found.remedy and found.reason not in remedied:
                remedied.add(found.reason)
                self.report(name, changes[0].component, f"{found.reason}: {found.remedy.split()[0]} first")
                await self.fleet.remotes[name].run(f"/bin/sh -c {shlex.quote(found.remedy)}")
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _settle(self, before: Readings, changes: Changes) -> None:
        components = {change.component for each in changes.values() for change in each}
        deadline = monotonic() + PATIENCE
        while bad := self._worse(before, await self._look(changes), components):
            if monotonic() > deadline:
                name, reading = bad
                text = f"{reading.name} is {reading.status}: {reading.text}"
                raise UserError(name, text, "the servers after it were left alone; see colonnade status")
            await asyncio.sleep(BETWEEN_LOOKS)

    def _worse(self, before: Readings, after: Readings, components: set[str]) -> tuple[str, Reading] | None:
        found = ((name, reading) for name in after for reading in worse(before[name], after[name], components))
        return next(found, None)


def split(changes: Changes) -> tuple[Changes, Changes]:
    """Of each server, the components that nothing uses yet, and the others. In a phase neither waits for the other."""
    used = {(change.server, change.component) for each in changes.values() for change in each if not change.first}

    def some(wanted: bool) -> Changes:
        def chosen(each: tuple[Change, ...]) -> tuple[Change, ...]:
            return tuple(change for change in each if ((change.server, change.component) in used) is wanted)

        return {name: found for name, each in changes.items() if (found := chosen(each))}

    return some(False), some(True)
