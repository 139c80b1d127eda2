"""From a unix socket here to a server there, with a process of this computer in the server's place."""

from __future__ import annotations

import asyncio
import stat
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from colonnade.drill.sql import relay as module
from colonnade.drill.sql.relay import PORT, Relay, open_relay
from colonnade.model.site import Access, Role, Server

pytestmark = pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="Debian's own python3 is not here")


class FakeSsh:
    """Runs commands here; `abort` loses the server."""

    def __init__(self) -> None:
        self.process: Process | None = None

    def command(self, words: str) -> str:
        return words

    @property
    def connection(self) -> FakeSsh:
        return self

    async def create_session(self, factory: Callable[[], Any], command: str, encoding: None) -> tuple[Any, Any]:
        self.process = await asyncio.create_subprocess_shell(f"exec {command}", stdin=PIPE, stdout=PIPE)
        session = factory()
        session.connection_made(self)
        self._pumping = asyncio.create_task(self._pump(self.process, session))
        return self, session

    async def _pump(self, process: Process, session: Any) -> None:
        assert process.stdout
        while data := await process.stdout.read(1 << 16):
            session.data_received(data, None)
        session.connection_lost(None)

    def write(self, data: bytes) -> None:
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(data)

    def abort(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                self.process.kill()

    async def gone(self) -> None:
        if self.process:
            await self._pumping
            await self.process.wait()


Ask = Callable[[str], Any]


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> list[FakeSsh]:
    """Every login that was made."""
    made: list[FakeSsh] = []

    @asynccontextmanager
    async def connect(server: Server, access: Access) -> AsyncIterator[FakeSsh]:
        ssh = FakeSsh()
        made.append(ssh)
        try:
            yield ssh
        finally:
            await asyncio.shield(ssh.gone())

    monkeypatch.setattr(module, "connect", connect)
    monkeypatch.setattr(module, "PAUSE", 0.05)
    return made


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data.upper())
    writer.close()


@asynccontextmanager
async def relaying(folder: Path) -> AsyncIterator[Relay]:
    async with await asyncio.start_server(shout, "127.0.0.1", 0) as serving:
        server = Server("app1", "192.0.2.1", frozenset({Role.APP}))
        target = serving.sockets[0].getsockname()
        async with open_relay(Relay(server, Access(), target, folder / "app1")) as relay:
            await asyncio.wait_for(relay.up.wait(), 10)
            yield relay


async def ask(relay: Relay, text: str) -> str:
    """Empty when the connection ended instead."""
    reader, writer = await asyncio.open_unix_connection(relay.folder / f".s.PGSQL.{PORT}")
    with suppress(ConnectionError):
        writer.write(text.encode())
        answer = await reader.read(1 << 16)
        writer.close()
        return answer.decode()
    return ""


def test_connections_made_here_come_out_there(tmp_path: Path, logins: list[FakeSsh]) -> None:
    async def scene() -> list[str]:
        async with relaying(tmp_path) as relay:
            assert stat.S_IMODE(relay.folder.stat().st_mode) == 0o700
            return await asyncio.gather(*(ask(relay, f"client {n}") for n in range(8)))

    assert asyncio.run(scene()) == [f"CLIENT {n}" for n in range(8)]
    assert len(logins) == 1


def test_whoever_waits_on_a_server_that_is_lost_is_told_at_once(tmp_path: Path, logins: list[FakeSsh]) -> None:
    async def scene() -> None:
        async with relaying(tmp_path) as relay:
            reader, writer = await asyncio.open_unix_connection(relay.folder / f".s.PGSQL.{PORT}")
            writer.write(b"hello")
            assert await reader.read(100) == b"HELLO"
            relay.lose()
            with suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(100), 5) == b""
            writer.close()
            await asyncio.sleep(0.3)
            assert not relay.up.is_set()
            assert await ask(relay, "anybody?") == ""
            assert len(logins) == 1
            relay.regain()
            await asyncio.wait_for(relay.up.wait(), 10)
            assert await ask(relay, "anybody?") == "ANYBODY?"

    asyncio.run(scene())
    assert len(logins) == 2


def test_a_relay_that_ended_is_started_again(tmp_path: Path, logins: list[FakeSsh]) -> None:
    async def scene() -> None:
        async with relaying(tmp_path) as relay:
            logins[0].abort()
            await logins[0].gone()
            await asyncio.sleep(0.01)
            await asyncio.wait_for(relay.up.wait(), 10)
            assert await ask(relay, "again") == "AGAIN"

    asyncio.run(scene())
    assert len(logins) == 2


def test_a_server_that_cannot_be_reached_is_tried_again(
    tmp_path: Path, logins: list[FakeSsh], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach, tried = vars(module)["connect"], 0

    @asynccontextmanager
    async def unreachable_at_first(server: Server, access: Access) -> AsyncIterator[Any]:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise asyncssh.ConnectionLost("no route to host")
        async with reach(server, access) as remote:
            yield remote

    monkeypatch.setattr(module, "connect", unreachable_at_first)

    async def scene() -> str:
        async with relaying(tmp_path) as relay:
            return await ask(relay, "here")

    assert asyncio.run(scene()) == "HERE"


def test_nothing_secret_is_in_the_command_line() -> None:
    server = Server("db1", "192.0.2.1", frozenset({Role.DB}))
    relay = Relay(server, Access(), "/run/socket", Path("/nowhere"), user="postgres")
    assert relay.command.startswith("runuser -u postgres -- /usr/bin/python3 -I -S -c ")
    assert "socket" not in relay.command
