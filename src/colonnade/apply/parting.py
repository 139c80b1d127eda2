"""Servers and roles leave: first the others are ready for it, then what leaves stops, then the others forget it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from colonnade.apply.drain import take_out, until_empty
from colonnade.apply.execute import IN_FLIGHT, LEASE, Execution, Outcome, Report
from colonnade.apply.leaving import Leave, welcome
from colonnade.apply.plan import make_plan
from colonnade.apply.read import read
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.farewell import Farewell
from colonnade.model.plan import Change, Plan
from colonnade.remote.fleet import Fleet

MEMORY = "remember"


@dataclass(frozen=True)
class Parting:
    """From a site with those that leave (`wide`) to the one without (`final`). Interrupted anywhere, a rerun ends it:
    what has stopped is no longer in the wide design, and the servers remember who leaves until all is done.
    """

    wide: Design
    final: Design
    leaves: tuple[Leave, ...]
    fleet: Fleet
    report: Report

    async def run(self, actual: Mapping[str, Actual]) -> Outcome:
        """Outcome of the last part that did anything; the first failure ends it."""
        outcome = await self._execute(self.wide, welcome(self.wide, self.final, actual))
        if outcome.failures:
            return outcome
        for leave in self.leaves:
            await self._part(leave)
        renewed, memory = without_memory(make_plan(self.final, (await read(self.fleet))[0]))
        outcome = await self._execute(self.final, renewed)
        if outcome.failures:
            return outcome
        for leave in self.leaves:
            await self._act(self.wide, leave.last)
        return await self._execute(self.final, memory)

    async def _execute(self, design: Design, plan: Plan) -> Outcome:
        return await Execution(design, plan, self.fleet, self.report).run()

    async def _part(self, leave: Leave) -> None:
        if leave.stops:
            await self._emptied(leave)
        await self._forget(leave, before=True)
        await self._act(self.wide, leave.stops)
        await self._forget(leave, before=False)

    async def _emptied(self, leave: Leave) -> None:
        """No work goes there, what was in flight has ended, no primary is there, and the others are enough."""
        name = leave.server.name
        self.report(name, leave.components[0], "drain")
        await take_out(self.fleet, leave.drains, LEASE)
        await until_empty(self.fleet, leave.drains, IN_FLIGHT)
        await Execution(self.wide, Plan((), ()), self.fleet, self.report).lift(name, leave.stops)

    async def _act(self, design: Design, changes: tuple[Change, ...]) -> None:
        by_server = {change.server: tuple(c for c in changes if c.server == change.server) for change in changes}
        execution = Execution(design, Plan((), ()), self.fleet, self.report)
        await execution.act(by_server)
        for failure in execution.outcome.failures.values():
            raise failure

    async def _forget(self, leave: Leave, *, before: bool) -> None:
        for farewell in leave.farewells:
            if farewell.before is before:
                await self._say_farewell(farewell)

    async def _say_farewell(self, farewell: Farewell) -> None:
        for name in farewell.on:
            if name in self.fleet.remotes:
                status, output, error = await self.fleet.remotes[name].run(
                    f"/bin/sh -c {shlex.quote(farewell.command)}"
                )
                if status:
                    text = (output + error).decode(errors="replace")
                    raise UserError(name, f"failed: {farewell.text}", "mend the cause and apply again", detail=text)
                self.report(farewell.server, farewell.component, farewell.text)
                return


def without_memory(plan: Plan) -> tuple[Plan, Plan]:
    """A plan in two: who belongs to the site is remembered anew only when all the rest is done."""

    def some(changes: Iterable[Change]) -> Plan:
        return replace(plan, changes=tuple(changes))

    memory = [change for change in plan.changes if change.action == MEMORY]
    return some(change for change in plan.changes if change.action != MEMORY), some(memory)
