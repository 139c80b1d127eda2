"""Requests to the on-host code over SSH, the server in this process, the agent a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncssh
import pytest

from colonnade.errors import UserError
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from tests.remote.server import SERVER, served


async def started(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """What sshd does with a command."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec("sh", "-c", str(process.command), stdin=pipe, stdout=pipe, stderr=pipe)
    assert child.stdin and child.stdout and child.stderr
    given = asyncio.create_task(passed(process.stdin, child.stdin))
    await asyncio.gather(passed(child.stdout, process.stdout), passed(child.stderr, process.stderr))
    given.cancel()
    with suppress(OSError):
        process.exit(await child.wait())


async def passed(source: Any, target: Any) -> None:
    """Until either end is gone."""
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(1 << 16):
            target.write(data)
        target.write_eof()


@asynccontextmanager
async def connected() -> AsyncIterator[Remote]:
    async with served(started) as connection:
        yield Remote(SERVER, connection, sudo=False)


async def agent(remote: Remote, command: str = "echo $PPID") -> str:
    """What a command printed that the agent has started."""
    answer = await ask(remote, "probe", commands=[command], timeout=20)
    return str(answer[0][1]).strip()


def test_one_process_answers_all_requests_of_a_connection() -> None:
    async def asked() -> list[str]:
        async with connected() as remote:
            return [await agent(remote) for _ in range(3)]

    assert len(set(asyncio.run(asked()))) == 1


def test_requests_at_the_same_time_have_a_process_each() -> None:
    async def asked() -> list[str]:
        async with connected() as remote:
            return list(await asyncio.gather(agent(remote, "sleep 0.2; echo $PPID"), agent(remote)))

    assert len(set(asyncio.run(asked()))) == 2


def test_the_answer_to_a_request_that_nobody_waits_for_any_more_is_no_other_ones() -> None:
    async def asked() -> str:
        async with connected() as remote:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(agent(remote, "sleep 0.3; echo late"), 0.1)
            await asyncio.sleep(0.4)
            return await agent(remote, "echo mine")

    assert asyncio.run(asked()) == "mine"


def test_an_agent_that_ends_is_told_with_what_it_wrote_and_the_next_request_has_another() -> None:
    async def asked() -> str:
        async with connected() as remote:
            with pytest.raises(UserError, match="failed on the server") as caught:
                await ask(remote, "probe", commands=7, timeout=1)
            assert "Traceback" in caught.value.detail
            return await agent(remote, "echo here")

    assert asyncio.run(asked()) == "here"


def test_an_agent_that_is_killed_at_work_is_told() -> None:
    async def asked() -> None:
        async with connected() as remote:
            await agent(remote, "kill -9 $PPID; sleep 0.1; echo gone")

    with pytest.raises(UserError, match="web1: "):
        asyncio.run(asked())
