"""The operator's own apply, killed midway: half of the servers have the new files, the rest the old ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from colonnade.drill.fault.made import Made, NotMade, Undone
from colonnade.errors import UserError
from colonnade.model.fault import Fault
from colonnade.model.site import Role, Site
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

COMPONENT = "operator"
# What somebody might have written by hand; apply restores each file and has its daemon read it.
SPOIL = "for file in /etc/haproxy/haproxy.cfg /etc/nginx/nginx.conf /etc/pgbouncer/pgbouncer.ini; do " + (
    '[ ! -e $file ] || echo "# written by hand" >>$file; done'
)
APPLY_SECONDS = 300.0
# `   4.6 s  web1: nginx reload nginx.service`: a step that is done.
STEP = re.compile(rb"\s*\d+\.\d s  ")


def apply_killed(site: Site) -> tuple[Fault, ...]:
    """Offered by the balancers, which the apply comes to last."""
    text = "files changed by hand on every server, and the apply that mends them killed after the first of its steps"
    return tuple(
        Fault(COMPONENT, "kill-apply", server.name, text, SPOIL, "colonnade apply --yes", stops=False)
        for server in site.having(Role.LB)
    )


@dataclass
class Operator:
    """Runs the command as an operator would, in a process of its own."""

    fleet: Fleet
    words: tuple[str, ...]
    """What follows `colonnade apply --yes`: which spec, which environment."""

    async def kill(self, fault: Fault, hold: float) -> Made | NotMade:
        """SIGKILL once the apply has told of its first step."""
        await self.fleet.each(_spoil)
        process = await self._apply()
        assert process.stderr  # noqa: S101  asked for
        async for line in process.stderr:
            if STEP.match(line):
                break
        at = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = await process.wait()
        if code != -signal.SIGKILL:
            return NotMade(fault, f"the apply had ended before, with {code}")
        return Made(fault, at, at + hold)

    async def finish(self) -> Undone:
        """The same command again, to its end."""
        process = await self._apply()
        _, said = await asyncio.wait_for(process.communicate(), APPLY_SECONDS)
        if process.returncode:
            raise UserError(COMPONENT, "the apply that was run again failed", detail=said.decode(errors="replace"))
        return Undone(time.monotonic(), itself=False)

    async def _apply(self) -> Process:
        command = Path(sys.executable).with_name("colonnade")
        return await asyncio.create_subprocess_exec(
            str(command),
            "apply",
            "--yes",
            *self.words,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            start_new_session=True,
        )


async def _spoil(remote: Remote) -> None:
    await remote.run(f"/bin/sh -c '{SPOIL}'")
