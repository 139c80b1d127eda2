"""A command over SSH, from a server in this process."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from colonnade.model.site import Role, Server
from colonnade.remote.connection import Remote

SERVER = Server("web1", "127.0.0.1", frozenset({Role.WEB}))


class Open(asyncssh.SSHServer):
    """Asks nobody who they are."""

    def begin_auth(self, username: str) -> bool:
        return False


async def echo(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """As `cat` does."""
    process.stdout.write(await process.stdin.read())
    process.exit(0)


async def said(stdin: bytes) -> tuple[int, bytes, bytes]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    listening = await asyncssh.create_server(
        Open, "127.0.0.1", 0, server_host_keys=[key], process_factory=echo, encoding=None
    )
    connection = await asyncssh.connect("127.0.0.1", listening.get_port(), known_hosts=None)
    try:
        return await asyncio.wait_for(Remote(SERVER, connection, sudo=False).run("cat", stdin), 10)
    finally:
        connection.close()
        listening.close()


@pytest.mark.parametrize("stdin", [b"", b"one line\n"])
def test_a_command_that_reads_finds_the_end_of_what_it_is_given(stdin: bytes) -> None:
    assert asyncio.run(said(stdin)) == (0, stdin, b"")
