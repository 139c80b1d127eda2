"""Deploy and rollback of one app: what is left unfinished on the servers is finished or undone first."""

from __future__ import annotations

import getpass
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colonnade.apply.drain import bring_back, not_kept_out
from colonnade.apply.draining import drains_of, of_part
from colonnade.errors import Exit, UserError
from colonnade.model.site import Role
from colonnade.release.bundle import Bundle
from colonnade.release.gate import Gate
from colonnade.release.migration import Migration
from colonnade.release.rollout import Rollout, Unfinished
from colonnade.release.standing import Fleetwide, Intent, irreversible_since, last_lived, previous
from colonnade.release.steps import Steps
from colonnade.release.upload import Sent, Upload


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True)
class Release:
    """Brings one app to another release."""

    steps: Steps
    ca_cert: str
    say: Callable[[str], None]

    async def deploy(self, bundle: Bundle, scratch: Path, sending: AbstractContextManager[Sent]) -> bool:
        """False when it was live already, and nothing was left to do."""
        found = await self._found()
        if found.complete(bundle.release):
            return False
        record: dict[str, Any] = {"release": bundle.release, "revision": bundle.revision, "who": who(), "at": now()}
        with sending as sent:
            await Upload(self.steps, bundle, record, scratch, sent).run()
        async with self._intent(found, "deploy", record) as intent:
            record["irreversible"] = await Migration(self.steps, self.say).run(found, intent)
            await self._roll(found, intent, self.steps.app.canary if intent.base else 0)
        return True

    async def rollback(self, release: str | None, across: bool) -> str:
        """To a kept release, the one before the live one when none is named; its id."""
        found = await self._found()
        chosen = release or self._before(found)
        if chosen not in found.kept:
            raise _not_kept(found, chosen)
        self._require_reversible(found, chosen, across)
        if found.complete(chosen):
            return chosen
        record = {"release": chosen, "revision": found.kept[chosen].get("revision")}
        async with self._intent(found, "rollback", record) as intent:
            await self._roll(found, intent, 0)
        return chosen

    async def _found(self) -> Fleetwide:
        """What stands, once nothing is at work any more; what a dead runner took out is back."""
        found = await self.steps.survey()
        if found.intent:
            self.say(
                f"{found.intent.who} left a deploy of {found.intent.target} unfinished, since {found.intent.since}"
            )
            await Migration(self.steps, self.say).settle(found)
            layout, app = self.steps.layout, self.steps.app.name
            drains = [d for server in self.steps.apps for d in of_part(drains_of(layout, server), app)]
            await bring_back(self.steps.fleet, await not_kept_out(self.steps.fleet, drains))
            found = await self.steps.survey()
        return found

    def _before(self, found: Fleetwide) -> str:
        """Without a name a rollback undoes what is unfinished; else it goes to what was live before."""
        if found.intent:
            return found.intent.base
        chosen = previous(found.history, found.live, found.kept)
        if chosen is None:
            raise UserError(self.steps.app.name, "there is no release to go back to", "see colonnade releases")
        return chosen

    def _require_reversible(self, found: Fleetwide, release: str, across: bool) -> None:
        if (crossed := irreversible_since(found.history, release)) and not across:
            raise UserError(
                release,
                f"the migration of {', '.join(crossed)} said that there is no way back before it",
                "if you know better: colonnade rollback --across-irreversible",
                exit_code=Exit.NEEDS_CONFIRMATION,
            )

    @asynccontextmanager
    async def _intent(self, found: Fleetwide, verb: str, record: dict[str, Any]) -> AsyncIterator[Intent]:
        """On every server while it lasts; it stays there only when its runner dies, or the way back fails too."""
        intent = Intent(record["release"], found.live, who(), now())
        line = {"at": now(), "who": who(), "verb": verb, "from": found.live}
        try:
            await self.steps.everywhere(self.steps.everyone, "intend", intent=intent.document())
            yield intent
        except UserError as failure:
            result = f"failed: {failure.where}: {failure.problem}"
            await self._end({**record, **line, "result": result}, finished=not isinstance(failure, Unfinished))
            raise
        await self._end({**record, **line, "result": "live"}, finished=True)
        await self._prune(record["release"])

    async def _end(self, line: dict[str, Any], *, finished: bool) -> None:
        """Of a failure as much as can be written: a full disk may be what it is about."""
        steps: list[tuple[str, dict[str, Any]]] = [("note", {"line": line})]
        steps += [("intend", {"intent": None})] if finished else []
        for op, request in steps:
            try:
                await self.steps.everywhere(self.steps.everyone, op, **request)
            except UserError as error:
                if line["result"] == "live":
                    raise
                self.say(f"not written down: {error.where}: {error.problem}")

    async def _prune(self, live: str) -> None:
        found = await self.steps.survey()
        spared = [live, *(r for r in last_lived(found.history, found.kept) if r != live)][: self.steps.app.keep]
        await self.steps.everywhere(self.steps.everyone, "prune", spared=spared)

    async def _roll(self, found: Fleetwide, intent: Intent, hold: float) -> None:
        gate = Gate(self.steps.layout, self.steps.app, ssl.create_default_context(cadata=self.ca_cert))
        await Rollout(self.steps, gate, intent.target, intent.base, hold, self.say).run(found)


def _not_kept(found: Fleetwide, release: str) -> UserError:
    having = [each.server.name for each in found.having(Role.APP) if release in each.releases]
    problem = f"this release is only on {' and '.join(having)}" if having else "no app server has this release"
    kept = ", ".join(last_lived(found.history, found.kept))
    hint = f"one that all of them keep: {kept}" if kept else "colonnade deploy"
    return UserError(release, f"{problem}; nothing was changed", hint)
