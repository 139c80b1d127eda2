"""Runs one drill: load, fault, healing, judgement. Whatever happens, what it broke is mended and what it made goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.drill.budget import Budget
from colonnade.drill.burning import within_budget
from colonnade.drill.catalogue import Drill
from colonnade.drill.events import collect
from colonnade.drill.fault.breaking import Breaker, Course, broken
from colonnade.drill.fault.made import Made
from colonnade.drill.ground import Ground
from colonnade.drill.history import Injection
from colonnade.drill.judge import judge
from colonnade.drill.load.headroom import headroom, require_headroom
from colonnade.drill.load.process import running
from colonnade.drill.outcome import Outcome
from colonnade.drill.preconditions import require_calm
from colonnade.drill.record import Record
from colonnade.drill.schedule import BEFORE, Planned
from colonnade.drill.sql.routes import Routes, open_routes
from colonnade.drill.verdict import Finding
from colonnade.drill.visitors import load
from colonnade.drill.watch import redundant
from colonnade.drill.workload import WORKLOADS
from colonnade.drill.workload.context import Context
from colonnade.drill.workload.copies import final
from colonnade.drill.workload.schema import prepare, remove
from colonnade.errors import UserError
from colonnade.observe.status import SERVING
from colonnade.remote.fleet import open_fleet

# Of what came after, as much as of what was before.
AFTER = 3.0
# A lost replica that has to be copied anew needs minutes with a large database; in the lab it is seconds.
HEALING = 180.0
# Clients and operations per second of each SQL workload: enough for the checkers, little beside the visitors.
CLIENTS, RATE = 4, 20.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Conduct:
    """One run of one drill."""

    ground: Ground
    drill: Drill
    schedule: tuple[Planned, ...]
    budget: Budget
    seed: int
    breaker: Breaker
    tell: Tell
    record: Record
    error_budget: float | None = None
    """Percent of the requests that may fail; None: whatever it costs."""

    async def run(self) -> Outcome:
        """The outcome, also of a drill that crashed: its verdict is unknown then, and it says why. Ctrl-C ends it."""
        started, error, own = datetime.now(UTC).isoformat(timespec="seconds"), "", list[Finding]()
        try:
            own.append(await self._under_load())
        except Exception as crash:
            _unless_cancelled(crash)
            error = "; ".join(reasons(crash))
        await self._journals()
        history = self.record.history()
        judged = judge(history, self.record.final, self.budget, tuple(own))
        # Where nothing was broken there is nothing to judge: numbers beside a budget would only mislead.
        findings, measures = judged if history.injections else ((), ())
        plan = tuple(each.told for each in self.schedule)
        return Outcome(
            site=self.ground.site, drill=self.drill.name, title=self.drill.title, seed=self.seed, schedule=plan,
            history=history, findings=findings, measures=measures, started=started, error=error,
        )  # fmt: skip

    async def _under_load(self) -> Finding:
        """Whether the load generator could keep up. Everything else is in the record."""
        site, clock = self.ground.site, self.record.clock
        async with open_routes(self.ground.layout, self.ground.app) as routes:
            self.tell("preparing the load")
            await prepare(routes, [each.tables for each in WORKLOADS.values()])
            try:
                visitors = load(site, self.ground.app, self.ground.ca_cert, clock.origin, self.seed)
                async with running(visitors, self.record.operation) as process, self._workloads(routes):
                    begun = clock.now()
                    await asyncio.sleep(BEFORE)
                    require_headroom(process.summary)
                    require_calm(self.record.operations)
                    await self._spend(self._break_all(begun, routes))
                self.tell("reading every copy of the database")
                self.record.final = await final(routes)
                self._require_whole()
                return headroom(process.summary)
            finally:
                with suppress(UserError):
                    await remove(routes)

    @asynccontextmanager
    async def _workloads(self, routes: Routes) -> AsyncIterator[None]:
        """All SQL workloads, until the block ends."""
        until = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for workload in WORKLOADS.values():
                context = Context(routes, self.record.clock, self.record.operation, self.seed, CLIENTS, RATE)
                group.create_task(workload.run(context, until))
            try:
                yield
            finally:
                until.set()

    async def _spend(self, work: Awaitable[None]) -> None:
        if self.error_budget is None:
            await work
        else:
            await within_budget(work, self.record.operations, self.record.clock, self.error_budget)

    async def _break_all(self, begun: float, routes: Routes) -> None:
        async with asyncio.TaskGroup() as group:
            for planned in self.schedule:
                group.create_task(self._break(planned, begun, routes))
        self.tell("waiting until nothing is missing")
        if await redundant(self.ground, self.record, self.record.clock.now(), HEALING):
            await asyncio.sleep(AFTER)

    def _require_whole(self) -> None:
        """Only after the copies have been read: those that are there tell what was lost."""
        if self.record.looks[-1].verdict != SERVING:
            raise UserError(
                self.drill.name,
                f"the site was not whole again {HEALING:.0f} s after its healing",
                "colonnade status",
                detail="\n".join(self.record.looks[-1].reasons),
            )

    async def _break(self, planned: Planned, begun: float, routes: Routes) -> None:
        """One fault, from its moment to its undoing, told in the record."""
        fault = planned.fault
        await asyncio.sleep(max(0.0, begun + planned.at - self.record.clock.now()))
        self.tell(f"{fault.server}: {fault.text}")
        if fault.isolates:
            # The drill's own clients there are gone with it, as an application on it would be.
            routes.lose(fault.server)
        course = None
        try:
            async with broken(self.breaker, fault, planned.hold) as course:
                await asyncio.sleep(planned.hold if isinstance(course.made, Made) else 0)
        finally:
            routes.regain(fault.server)
            # None: it was interrupted while the fault was made, and has been undone.
            if course:
                self.record.injections.append(self._told(course))

    def _told(self, course: Course) -> Injection:
        fault, made, undone = course.fault, course.made, course.undone
        origin = self.record.clock.origin
        if not isinstance(made, Made):
            reason = made.reason if made else "the server did not answer"
            return Injection(fault.server, fault.component, fault.name, fault.text, None, None, reason)
        healed = undone.at - origin if undone else None
        return Injection(fault.server, fault.component, fault.name, fault.text, made.at - origin, healed)

    async def _journals(self) -> None:
        """What the daemons say of it; a drill without their words is poorer, and no failure."""
        async with open_fleet(self.ground.site.servers, self.ground.site.access) as fleet:
            self.record.events += await collect(fleet, self.record.real_origin)


def _unless_cancelled(crash: Exception) -> None:
    """Tasks that fail while their group is cancelled hide from it that it was; going on would break the site again."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError from crash


def reasons(error: BaseException) -> Iterator[str]:
    """Of a group of tasks that failed together, each one's."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from reasons(each)
    else:
        yield str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
