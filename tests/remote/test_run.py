"""A command over SSH, from a server in this process."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from colonnade.remote.connection import Remote
from tests.remote.server import SERVER, served


async def echo(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """As `cat` does."""
    process.stdout.write(await process.stdin.read())
    process.exit(0)


async def said(stdin: bytes) -> tuple[int, bytes, bytes]:
    async with served(echo) as connection:
        return await asyncio.wait_for(Remote(SERVER, connection, sudo=False).run("cat", stdin), 10)


@pytest.mark.parametrize("stdin", [b"", b"one line\n"])
def test_a_command_that_reads_finds_the_end_of_what_it_is_given(stdin: bytes) -> None:
    assert asyncio.run(said(stdin)) == (0, stdin, b"")
