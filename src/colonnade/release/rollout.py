"""Moves a fleet from one release to another, an app server at a time; all the way back when one of them fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from colonnade.apply.drain import bring_back, not_kept_out, take_out, until_empty
from colonnade.apply.draining import drains_of, of_part
from colonnade.errors import UserError
from colonnade.model.drain import Drain
from colonnade.model.site import Role, Server
from colonnade.release.gate import Gate, NeverWell, NotWell
from colonnade.release.standing import Fleetwide, Worker
from colonnade.release.steps import Steps

# A worker that systemd has started so often ends by itself: no need to wait until its time is over.
RESTARTS = 2
# A drained server comes back by itself this long after the last moment at which its turn could end.
GRACE = 60.0
# The way back may take so many times `start`: that release was well before, and there is nothing better to wait for.
PATIENCE = 3


class Unfinished(UserError):
    """The way back failed as well: the fleet is on two releases."""


class Silent(UserError):
    """A release on a server has not answered well once."""


@dataclass(frozen=True)
class Turn:
    """How a server comes to another release."""

    release: str
    start: float
    """Seconds until its workers must have answered well."""
    hold: float = 0
    """Seconds that they must go on doing so."""
    kill: tuple[str, ...] = ()
    """Units that are not asked to finish what they have begun, where the server is out."""


@dataclass(frozen=True)
class Rollout:
    steps: Steps
    gate: Gate
    target: str
    base: str
    """What the fleet goes back to; empty when nothing was live."""
    hold: float
    """Seconds that the first server must stay well before the next has its turn."""
    say: Callable[[str], None]
    turned: list[Server] = field(default_factory=list)

    async def run(self, found: Fleetwide) -> None:
        """UserError that names the server and the reason, once the fleet is back on its old release."""
        try:
            await self._forward(found)
        except UserError as failure:
            self.say(f"failed: {failure.where}: {failure.problem}")
            await self._back(failure)
            raise

    async def _forward(self, found: Fleetwide) -> None:
        """Web servers have the static files of both releases before a page of the new one is made."""
        links = {"next": self.target, "last": self.base}
        await self.steps.everywhere(self.steps.webs, "point", links=links)
        waiting = [each.server for each in found.remaining(self.target)]
        for number, server in enumerate(waiting):
            self.turned.append(server)
            await self._turn(server, Turn(self.target, self.steps.app.start, self.hold if number == 0 else 0))
            self.say(f"{server.name} runs {self.target}")
        await self._point(self.target)
        if settled := [each.server for each in found.having(Role.APP) if each.server not in self.turned]:
            await self._proved(settled, Turn(self.target, self.steps.app.start), time.time())

    async def _back(self, failure: UserError) -> None:
        """The one that failed first: it is out, and nobody waits for it."""
        errors = []
        for server in reversed(self.turned):
            silent = isinstance(failure, Silent) and failure.where == server.name
            kill = self.steps.workers if silent else ()
            try:
                await self._turn(server, Turn(self.base, PATIENCE * self.steps.app.start, kill=kill))
                self.say(f"{server.name} is back on {self.base or 'nothing'}")
            except UserError as error:
                errors.append(error)
        if self.base:
            await self._point(self.base)
        if errors:
            told = "; ".join(f"{error.where}: {error.problem}" for error in errors)
            hint = f"the way back failed too ({told}): mend it, then colonnade rollback"
            raise Unfinished(failure.where, failure.problem, hint, detail=failure.detail) from failure

    async def _point(self, release: str) -> None:
        """For servers that are web servers only; the others' turn has done it."""
        webs = [server for server in self.steps.webs if not server.has(Role.APP)]
        await self.steps.everywhere(webs, "point", links={"current": release})

    async def _turn(self, server: Server, turn: Turn) -> None:
        """Out, empty, other release, proved, back. One that does not prove well stays out until it has another."""
        drains = await not_kept_out(self.steps.fleet, self._drains(server))
        app = self.steps.app
        lease = 2 * app.drain + turn.start + turn.hold + GRACE
        await take_out(self.steps.fleet, drains, lease)
        await until_empty(self.steps.fleet, drains, app.drain)
        since = time.time()
        for units in self._batches(drains):
            await self.steps.turn(server, units, turn.release, turn.kill if drains else ())
            if turn.release:
                await self._proved([server], turn, since)
        await bring_back(self.steps.fleet, drains)

    def _drains(self, server: Server) -> tuple[Drain, ...]:
        """None where no other server could take over."""
        if len(self.steps.apps) == 1 or not self.base:
            return ()
        return of_part(drains_of(self.steps.layout, server), self.steps.app.name)

    def _batches(self, drains: tuple[Drain, ...]) -> Iterable[tuple[str, ...]]:
        """Workers that cannot be drained have their turn one by one, so that one of them always answers."""
        units = self.steps.units
        return [units] if drains or not self.base else [(unit,) for unit in units]

    async def _proved(self, servers: list[Server], turn: Turn, since: float) -> None:
        async def broken() -> str:
            seen = await self.steps.everywhere(servers, "look", units=self.steps.units)
            workers = {unit: Worker(*one) for each in seen.values() for unit, one in each.items()}
            return next((f"{unit} ends again and again" for unit, w in workers.items() if w.restarts >= RESTARTS), "")

        try:
            await self.gate.passed(self.gate.names(servers), turn.start, turn.hold, broken)
        except NotWell as seen:
            kind = Silent if isinstance(seen, NeverWell) else UserError
            server = servers[0]
            printed = await self.steps.on(server, "why", units=self.steps.units, since=since)
            detail = printed or "(it printed nothing)"
            raise kind(server.name, f"release {turn.release}: {seen}", detail=detail) from seen
