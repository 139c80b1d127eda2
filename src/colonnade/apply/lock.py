"""The site's lock: held on a majority of the etcd servers for as long as the connections live.

A dead runner's connections end, and with them the lock: nothing is left to clean up by hand.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from colonnade.errors import Exit, UserError
from colonnade.model.site import Role, Site
from colonnade.remote.agent import COMMAND, only, program
from colonnade.remote.connection import Process, Remote
from colonnade.remote.fleet import Fleet


def holder(verb: str) -> str:
    """Who, what, since when: what the next one in line is told."""
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()}), {verb}, since {since}"


@asynccontextmanager
async def site_lock(site: Site, fleet: Fleet, verb: str, wait: float = 0) -> AsyncIterator[None]:
    """UserError with exit code 5 that names the holder when somebody else is at work."""
    voters = site.having(Role.ETCD)
    async with AsyncExitStack() as stack:
        reached = [each.name for each in voters if each.name in fleet.remotes]
        # One whose connection was lost meanwhile has no voice; the majority decides.
        agents, _ = await fleet.each(partial(_start, stack), reached)

        async def take(remote: Remote) -> dict[str, str]:
            return await _take(agents[remote.server.name], holder(verb), wait)

        # One after the other: of two who come at once one gets the first, and with it the others.
        answers = [answer for name in agents for answer in (await fleet.each(take, [name]))[0].values()]
        others = [answer["holder"] for answer in answers if not answer["held"]]
        if others:
            raise UserError(site.name, f"locked by {others[0]}", "wait until it is done", exit_code=Exit.LOCKED)
        if len(answers) <= len(voters) // 2:
            raise UserError(
                site.name,
                f"the lock needs a majority of {', '.join(v.name for v in voters)}; {len(answers)} answered",
                "bring one of them back first",
                exit_code=Exit.UNREACHABLE,
            )
        yield


async def _start(stack: AsyncExitStack, remote: Remote) -> Process:
    process = await stack.enter_async_context(remote.connection.create_process(remote.command(COMMAND), encoding=None))
    process.stdin.write(program())
    stack.callback(process.stdin.write_eof)
    return process


async def _take(agent: Process, who: str, wait: float) -> dict[str, str]:
    agent.stdin.write(only("lock", {"holder": who, "wait": wait}))
    answer: dict[str, str] = json.loads(await agent.stdout.readline())
    return answer
