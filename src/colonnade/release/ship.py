"""Ships a release: upload and unpack beside the old one, migrate once, switch and restart, wait until it is healthy."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from colonnade.components.app.background import process_units
from colonnade.errors import UserError
from colonnade.model.layout import Layout
from colonnade.model.site import App, Role, host_port
from colonnade.release.bundle import Bundle
from colonnade.release.scripts import ATTEMPTS, COMPILE, HEALTHY, KEPT, LIVE, MIGRATE, RESTART, ROOT, SWITCH, UNPACK
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


@dataclass(frozen=True)
class Shipment:
    """One bundle of one app on its way to a site."""

    layout: Layout
    fleet: Fleet
    app: App
    bundle: Bundle
    say: Callable[[str], None]

    @property
    def root(self) -> str:
        return f"{ROOT}/{self.app.name}"

    async def ship(self) -> None:
        """UserError names the server and what it said; servers not yet reached keep the old release."""
        apps, webs = self._reachable(Role.APP), self._reachable(Role.WEB)
        if await self._live(apps, webs):
            self.say(f"release {self.bundle.release} is live already")
            return
        await self._upload(apps, webs)
        await self._migrate(apps[0])
        for web in webs:
            await self._run(web, SWITCH)
        for app in apps:
            await self._run(app, SWITCH)
        await self._restart(apps)

    async def _live(self, apps: Iterable[Remote], webs: Iterable[Remote]) -> bool:
        """Every server has this release, and each worker of it answers."""
        current = self._fill(LIVE)
        scripts = {remote.server.name: current for remote in webs}
        scripts |= {remote.server.name: current + self._healthy(remote, 1) for remote in apps}

        async def one(remote: Remote) -> bool:
            return (await remote.run(f"/bin/sh -c {shlex.quote(scripts[remote.server.name])}"))[0] == 0

        answers, failures = await self.fleet.each(one, scripts)
        return all(answers.values()) and not failures

    def _reachable(self, role: Role) -> list[Remote]:
        found = [self.fleet.remotes[s.name] for s in self.layout.having(role) if s.name in self.fleet.remotes]
        if not found:
            raise UserError(self.app.name, f"no {role} server answers", "see colonnade status")
        return found

    async def _upload(self, apps: Iterable[Remote], webs: Iterable[Remote]) -> None:
        async def one(remote: Remote) -> None:
            whole = remote.server.has(Role.APP)
            archive = self.bundle.archive if whole else self.bundle.static
            if archive is None:
                return
            script = self._fill(UNPACK, after=COMPILE.format(release=self.bundle.release) if whole else "")
            status, error = await remote.upload(archive, f"/bin/sh -c {shlex.quote(script)}")
            if status:
                raise UserError(remote.server.name, "the release could not be unpacked", detail=error.decode())

        names = {remote.server.name for remote in (*apps, *webs)}
        _, failures = await self.fleet.each(one, sorted(names))
        for failure in failures.values():
            raise failure
        self.say(f"release {self.bundle.release} is on {len(names)} servers")

    async def _migrate(self, remote: Remote) -> None:
        if not self.app.migrate:
            return
        path, command = f"{self.root}/releases/{self.bundle.release}", shlex.quote(self.app.migrate)
        words = MIGRATE.format(app=self.app.name, path=path, command=command)
        status, output, error = await remote.run(words)
        if status:
            text = (output + error).decode(errors="replace")
            raise UserError(
                remote.server.name, f"migrate failed: {self.app.migrate}", "no worker was touched", detail=text
            )
        self.say(f"migrated on {remote.server.name}")

    async def _restart(self, apps: list[Remote]) -> None:
        """One server after the other; all at once where nothing serves yet."""
        for remote in apps:
            units = [f"colonnade-{self.app.name}@{worker}.service" for worker in range(1, self.app.workers + 1)]
            units += process_units(self.app)
            await self._shell(remote, RESTART.format(units=" ".join(units)) + self._healthy(remote, ATTEMPTS))
            self.say(f"{remote.server.name} runs {self.bundle.release}")

    def _healthy(self, remote: Remote, attempts: int) -> str:
        """A script that succeeds once every worker of the server answers its health path."""
        listeners = [one for one in self.layout.offers("app", self.app.name) if one.server == remote.server.name]
        scheme = "http" if self.app.command else "https"
        urls = [f"{scheme}://{host_port(remote.server.address, each.port)}{self.app.health}" for each in listeners]
        host = self.layout.site.hosts_of(self.app)[0]
        return HEALTHY.format(app=self.app.name, host=host, urls=" ".join(urls), attempts=attempts)

    async def _run(self, remote: Remote, script: str) -> None:
        await self._shell(remote, self._fill(script))

    def _fill(self, script: str, after: str = "") -> str:
        return script.format(root=self.root, release=self.bundle.release, kept=KEPT, after=after)

    async def _shell(self, remote: Remote, script: str) -> None:
        status, output, error = await remote.run(f"/bin/sh -c {shlex.quote(script)}")
        if status:
            text = (output + error).decode(errors="replace")
            raise UserError(remote.server.name, "the release did not start", "see colonnade status", detail=text)
