"""Drills one after another on one site: each begins whole, and what an earlier one has left is mended first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

from colonnade.apply.account import account, leave
from colonnade.apply.lock import site_lock
from colonnade.drill.catalogue import Drill
from colonnade.drill.conduct import Conduct, Tell
from colonnade.drill.fault.breaking import Breaker
from colonnade.drill.fault.in_lab import Power, restore_lost
from colonnade.drill.fault.leftovers import undo_leftovers
from colonnade.drill.fault.offered import offered, power_cuts, reboots
from colonnade.drill.fault.operator import COMPONENT as OPERATOR
from colonnade.drill.fault.operator import Operator, apply_killed
from colonnade.drill.ground import Ground
from colonnade.drill.history import History
from colonnade.drill.outcome import Outcome
from colonnade.drill.promise import promised
from colonnade.drill.record import Record
from colonnade.drill.schedule import schedule
from colonnade.drill.verdict import Verdict
from colonnade.drill.watch import look
from colonnade.errors import UserError
from colonnade.model.fault import Fault
from colonnade.model.site import Role
from colonnade.observe.status import SiteStatus
from colonnade.remote.fleet import open_fleet

# How often a run begins that is not the first, and seconds in between: a balancer that returned takes its address back
# after ten.
ATTEMPTS, PAUSE = 5, 10.0


@dataclass(frozen=True)
class Run:
    """One drill to be run with one seed."""

    drill: Drill
    seed: int
    error_budget: float | None = None
    """Percent of requests; None in the lab, where nobody suffers."""


def faults_of(ground: Ground) -> tuple[Fault, ...]:
    """Everything that can be broken here: on a site in production only what is marked safe."""
    servers, own = ground.site.servers, (*offered(ground.layout), *apply_killed(ground.site))
    if ground.lab:
        return (*own, *power_cuts(servers))
    return tuple(fault for fault in (*own, *reboots(servers)) if fault.safe)


async def run_all(
    ground: Ground,
    planned: Sequence[Run],
    tell: Tell,
    require: Callable[[SiteStatus], None],
    done: Callable[[Outcome], None],
) -> None:
    """Every run, whatever became of those before it; `done` takes each as it ends.

    UserError when the first cannot begin: nothing has been broken.
    """
    for number, one in enumerate(planned, 1):
        tell(f"{number}/{len(planned)} {one.drill.name}, seed {one.seed}: {one.drill.title}")

        def inner(text: str) -> None:
            tell(f"  {text}")

        began = perf_counter()
        outcome = await _tried(ground, one, inner, require, first=number == 1)
        done(outcome)
        tell(f"  {outcome.verdict}")
        await _account(ground, outcome, perf_counter() - began)


async def _account(ground: Ground, outcome: Outcome, seconds: float) -> None:
    """Left with the monitors, so that the drill stands on the timeline beside what it caused."""
    samples = account("drill", outcome.verdict is Verdict.PASS, seconds, {"drill": outcome.drill})
    async with open_fleet(ground.site.having(Role.MONITOR), ground.site.access) as fleet:
        await leave(ground.site, fleet, f"drill-{outcome.drill}", samples)


async def _tried(
    ground: Ground, one: Run, tell: Tell, require: Callable[[SiteStatus], None], *, first: bool
) -> Outcome:
    """Begins again where nothing was broken: what an earlier drill has left may need time, and so may the computer."""
    outcome = _refused(ground, one, "")
    for attempt in range(ATTEMPTS):
        try:
            outcome = await run(ground, one, tell, require)
        except UserError as refused:
            if first:
                raise
            outcome = _refused(ground, one, str(refused))
        if outcome.history.injections or not outcome.error or attempt == ATTEMPTS - 1:
            break
        tell(f"nothing was broken yet, again in {PAUSE:.0f} s: {outcome.error}")
        await asyncio.sleep(PAUSE)
    return outcome


def _refused(ground: Ground, one: Run, why: str) -> Outcome:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Outcome(ground.site, one.drill.name, one.drill.title, one.seed, (), History(()), (), (), now, why)


async def run(ground: Ground, one: Run, tell: Tell, require: Callable[[SiteStatus], None]) -> Outcome:
    """One drill from beginning to end. UserError when it cannot begin: then nothing was broken."""
    if ground.lab:
        for name in restore_lost(ground.lab):
            tell(f"{name}: started again, an earlier drill had left it without power")
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(open_fleet(ground.site.servers, ground.site.access))
        if not _applies_itself(one.drill):
            await stack.enter_async_context(site_lock(ground.site, fleet, f"drill {one.drill.name}"))
        for line in _told(await undo_leftovers(fleet)):
            tell(line)
        status = await look(ground)
        require(status)
        planned = schedule(one.drill, ground.site, faults_of(ground), status.servers, one.seed)
        power = Power(ground.lab) if ground.lab else None
        breaker = Breaker(fleet, ground.site.access, power, Operator(fleet, ground.words))
        budget = promised(one.drill, ground.site, planned, status.servers)
        conduct = Conduct(ground, one.drill, planned, budget, one.seed, breaker, tell, Record(), one.error_budget)
        return await conduct.run()


def _applies_itself(drill: Drill) -> bool:
    """The apply that is to be killed takes the site's lock, as any does."""
    return any(each.component == OPERATOR for each in drill.breaks)


def _told(found: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for server, names in found.items():
        yield f"{server}: undone, left by an earlier drill: {', '.join(names)}"
