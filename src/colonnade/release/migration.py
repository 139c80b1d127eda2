"""The migration of a release: once for the site, waited for by whoever comes next when its runner is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from colonnade.components.app.confinement import one_off
from colonnade.errors import Exit, UserError
from colonnade.model.site import Server
from colonnade.release.standing import Fleetwide, Intent
from colonnade.release.steps import QUICK, Steps, answer_of, in_time
from colonnade.remote.agent import ask

# systemd ends it at the limit; then come the stop and the answer.
AFTER_LIMIT = 30.0


@dataclass(frozen=True)
class Migration:
    steps: Steps
    say: Callable[[str], None]

    async def settle(self, found: Fleetwide) -> None:
        """Waits for the one that an earlier runner has left at work. UserError where nobody can tell."""
        intent = found.intent
        if intent and intent.migrating_on:
            self._require_told(found, intent)
        for each in found.all:
            if each.migrating and intent:
                self.say(f"{each.server.name} is still migrating to {intent.target}: waiting for it")
                await self._ask(each.server, intent.target, start=False)

    def _require_told(self, found: Fleetwide, intent: Intent) -> None:
        away = intent.migrating_on not in {each.server.name for each in found.all}
        left = intent.migrating_until - time.time()
        if away and left > 0:
            raise UserError(
                intent.migrating_on,
                "it was migrating when the last deploy ended, and cannot be asked whether it still is",
                f"bring it back, or wait until the migration's limit is over: {left:.0f} s",
                exit_code=Exit.UNREACHABLE,
            )

    async def run(self, found: Fleetwide, intent: Intent) -> bool:
        """Whether there is no way back from it. UserError with what it printed when it fails."""
        app, release = self.steps.app, intent.target
        if not app.migrate:
            return False
        if found.migrated(release):
            return found.unfinished(release) and found.irreversible(release)
        server = self.steps.apps[0]
        until = time.time() + app.migrate_limit + AFTER_LIMIT
        told = replace(intent, migrating_on=server.name, migrating_until=until)
        await self.steps.everywhere(self.steps.everyone, "intend", intent=told.document())
        answer = await self._ask(server, release, start=True)
        if not answer["done"]:
            raise UserError(server.name, f"migrate failed: {app.migrate}", detail=answer["printed"])
        irreversible = bool(answer["irreversible"])
        await self.steps.everywhere(self.steps.apps, "migrated", release=release, irreversible=irreversible)
        self.say(f"migrated on {server.name}{', with no way back' if irreversible else ''}")
        return irreversible

    async def _ask(self, server: Server, release: str, *, start: bool) -> Any:
        app = self.steps.app
        within = app.migrate_limit + AFTER_LIMIT + QUICK
        asked = ask(
            self.steps.fleet.remotes[server.name],
            "migrate",
            app=app.name,
            release=release,
            start=start,
            command=app.migrate,
            limit=app.migrate_limit,
            properties=list(one_off(app, f"colonnade-{app.name}-migrate", f"releases/{release}")),
        )
        return answer_of(server, await in_time(server, "the migration", within, asked))
