"""One app's servers, and the steps that the on-host code takes there. Every step has a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.components.app import unit
from colonnade.components.app.background import process_units
from colonnade.errors import Exit, UserError
from colonnade.model.app import App
from colonnade.model.layout import Layout
from colonnade.model.site import Role, Server
from colonnade.release.standing import Fleetwide, from_answer
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

# Seconds for what only looks or renames; a busy server needs 1.
QUICK = 30.0
# systemd kills what does not stop within the app's own `drain`; then come the start and the answer.
AROUND_STOP = 30.0


@dataclass(frozen=True)
class Steps:
    layout: Layout
    fleet: Fleet
    app: App

    @property
    def apps(self) -> tuple[Server, ...]:
        return self._answering(Role.APP)

    @property
    def webs(self) -> tuple[Server, ...]:
        return self._answering(Role.WEB)

    @property
    def everyone(self) -> tuple[Server, ...]:
        return tuple(dict.fromkeys((*self.apps, *self.webs)))

    @property
    def workers(self) -> tuple[str, ...]:
        """The units that answer requests."""
        return tuple(unit(self.app, worker) for worker in range(1, self.app.workers + 1))

    @property
    def units(self) -> tuple[str, ...]:
        """What a deploy stops and starts on an app server."""
        return (*self.workers, *process_units(self.app))

    def _answering(self, role: Role) -> tuple[Server, ...]:
        return tuple(server for server in self.layout.having(role) if server.name in self.fleet.remotes)

    def require(self, reachable: bool) -> None:
        """A server that is away would come back with the release it has: the user has to know."""
        wanted = (*self.layout.having(Role.APP), *self.layout.having(Role.WEB))
        away = list(dict.fromkeys(server.name for server in wanted if server.name not in self.fleet.remotes))
        if not self.apps or (away and not reachable):
            raise UserError(
                self.app.name,
                f"{', '.join(away)} cannot be reached; nothing was changed",
                "bring them back, or go on without them, which leaves them on the release they have: --reachable",
                exit_code=Exit.UNREACHABLE,
            )

    async def survey(self) -> Fleetwide:
        async def one(remote: Remote) -> Any:
            units = self.units if remote.server.has(Role.APP) else ()
            return from_answer(remote.server, await self._ask(remote, "survey", QUICK, units=units))

        answers = await self._each(one, self.everyone)
        return Fleetwide(tuple(answers.values()))

    async def everywhere(
        self, servers: Iterable[Server], op: str, within: float = QUICK, **request: Any
    ) -> dict[str, Any]:
        """The same step on some servers at once: answers by server. UserError of the first that fails."""
        return await self._each(lambda remote: self._ask(remote, op, within, **request), servers)

    async def on(self, server: Server, op: str, within: float = QUICK, **request: Any) -> Any:
        return (await self.everywhere((server,), op, within, **request))[server.name]

    async def turn(self, server: Server, units: Iterable[str], release: str, kill: Iterable[str]) -> None:
        within = self.app.drain + AROUND_STOP
        await self.on(server, "turn", within, units=list(units), release=release, kill=list(kill))

    async def _each(self, work: Any, servers: Iterable[Server]) -> dict[str, Any]:
        answers, failures = await self.fleet.each(work, [server.name for server in servers])
        for failure in failures.values():
            raise failure
        return answers

    async def _ask(self, remote: Remote, op: str, within: float, **request: Any) -> Any:
        asked = ask(remote, "release", op=op, app=self.app.name, **request)
        return answer_of(remote.server, await in_time(remote.server, op, within, asked))


async def in_time(server: Server, what: str, within: float, asked: Any) -> Any:
    try:
        return await asyncio.wait_for(asked, within)
    except TimeoutError as error:
        raise UserError(server.name, f"{what} took longer than {within:.0f} s", "see colonnade status") from error


def answer_of(server: Server, said: Mapping[str, Any]) -> Any:
    if "problem" in said:
        raise UserError(server.name, said["problem"], "see colonnade status", detail=said["detail"])
    return said["answer"]
