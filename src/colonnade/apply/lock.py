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

from colonnade.errors import Exit, UserError
from colonnade.model.site import Role, Site
from colonnade.remote.agent import COMMAND, payload
from colonnade.remote.connection import Remote
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
        answers = list[dict[str, str]]()
        for voter in (each.name for each in voters if each.name in fleet.remotes):
            # One whose connection was lost meanwhile has no voice; the majority decides.
            taken, _ = await fleet.each(lambda remote: _take(stack, remote, holder(verb), wait), [voter])
            answers += taken.values()
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


async def _take(stack: AsyncExitStack, remote: Remote, who: str, wait: float) -> dict[str, str]:
    process = await stack.enter_async_context(remote.connection.create_process(remote.command(COMMAND), encoding=None))
    process.stdin.write(payload("lock", {"holder": who, "wait": wait}))
    stack.callback(process.stdin.write_eof)
    answer: dict[str, str] = json.loads(await process.stdout.readline())
    return answer
