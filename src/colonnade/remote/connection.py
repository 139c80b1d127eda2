"""One SSH connection to a server. What is sent travels on standard input, never in a command line."""

from __future__ import annotations

import asyncio
import ctypes.util
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.errors import Exit, UserError
from colonnade.model.site import Access, Server

# asyncssh asks ldconfig, gcc and ld for two libraries of algorithms it can do without, eleven processes at each start.
_find, ctypes.util.find_library = ctypes.util.find_library, lambda name: None
try:
    import asyncssh
finally:
    ctypes.util.find_library = _find

# A server that has not completed a login by then is counted as unreachable for this run; a busy one needs 1 s.
CONNECT_TIMEOUT = 5.0
# asyncssh's own limit of a line is 64 kB; an answer of the agent is one line and may hold many hashes.
READ_LIMIT = 64 << 20
PIECE = 256 << 10


# A command that runs, and its pipes.
Process = asyncssh.SSHClientProcess[bytes]
# What a connection raises when it ends under its user.
LOST = (OSError, asyncssh.Error)


@dataclass(frozen=True)
class Talk:
    """A command that runs, and both ends of its pipes."""

    process: Process
    known: set[str] = field(default_factory=set)
    """Names of what the command was given once and for all."""
    _received: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)

    def say(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")

    async def line(self) -> bytes:
        """The next line, of any length; empty at the end."""
        while (end := self._received.find(b"\n") + 1) == 0:
            data = await self.process.stdout.read(1 << 16)
            if not data:
                return b""
            self._received.extend(data)
        line = bytes(self._received[:end])
        del self._received[:end]
        return line


@dataclass(frozen=True)
class Remote:
    """An open connection."""

    server: Server
    connection: asyncssh.SSHClientConnection
    sudo: bool
    _idle: dict[str, list[Talk]] = field(default_factory=dict, compare=False, repr=False)

    def command(self, words: str) -> str:
        return f"sudo -n {words}" if self.sudo else words

    async def run(self, words: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Exit status, standard output, standard error."""
        # asyncssh leaves standard input open where there is nothing to put in: who reads it would wait for ever.
        given = {"input": stdin} if stdin else {"stdin": asyncssh.DEVNULL}
        done = await self.connection.run(self.command(words), encoding=None, **given)
        return _status(done), _bytes(done.stdout), _bytes(done.stderr)

    async def stream(self, words: str, stdin: bytes, line: Callable[[bytes], None]) -> tuple[int, bytes]:
        """Calls `line` for each line of standard output as it comes; exit status and standard error."""
        async with self.connection.create_process(self.command(words), encoding=None) as process:
            process.stdin.write(stdin)
            process.stdin.write_eof()
            async for each in process.stdout:
                # The end of the stream may arrive as one more, empty line.
                if each.strip():
                    line(each)
            error = await process.stderr.read()
            await process.wait_closed()
            return -1 if process.exit_status is None else process.exit_status, error

    async def lines(self, words: str) -> AsyncGenerator[bytes, None]:
        """Each line of standard output as it comes; leaving the loop ends the command's standard output, and with it
        any command that watches it. UserError when the command or the connection fails."""
        try:
            async with self.connection.create_process(self.command(words), encoding=None) as process:
                process.stdin.write_eof()
                async for each in process.stdout:
                    if each.strip():
                        yield each
                said = await process.stderr.read()
                await process.wait_closed()
        except (OSError, asyncssh.Error) as error:
            raise unreachable(self.server, f"the connection was lost: {error}", "run the command again") from error
        if process.exit_status is None:
            raise unreachable(self.server, "the connection was lost", "run the command again")
        if process.exit_status:
            raise UserError(self.server.name, said.decode(errors="replace").strip() or "the command failed")

    async def feed(
        self, words: str, head: bytes, source: Path, sent: Callable[[int], None]
    ) -> tuple[int, bytes, bytes]:
        """Feeds some bytes and a local file to a command's standard input; its status, output, errors."""
        async with self.connection.create_process(self.command(words), encoding=None) as process:
            try:
                process.stdin.write(head)
                for piece in _pieces(source):
                    process.stdin.write(piece)
                    await process.stdin.drain()
                    sent(len(piece))
                process.stdin.write_eof()
            except (BrokenPipeError, ConnectionResetError):
                # The command ended early: what it says explains why.
                pass
            output, error = await process.stdout.read(), await process.stderr.read()
            await process.wait_closed()
            return -1 if process.exit_status is None else process.exit_status, output, error

    @asynccontextmanager
    async def talk(self, words: str) -> AsyncIterator[Talk]:
        """A command whose standard input stays open."""
        async with self.connection.create_process(self.command(words), encoding=None) as process:
            yield Talk(process)

    @asynccontextmanager
    async def lent(self, words: str) -> AsyncIterator[Talk]:
        """A command that answers request after request: one that has nothing to do, or a new one. Whoever is
        interrupted ends it: what it still answers would be taken for the answer to another request."""
        idle = self._idle.setdefault(words, [])
        talk = idle.pop() if idle else Talk(await self.connection.create_process(self.command(words), encoding=None))
        try:
            yield talk
        except BaseException:
            talk.process.close()
            raise
        idle.append(talk)


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _status(done: asyncssh.SSHCompletedProcess) -> int:
    return -1 if done.exit_status is None else done.exit_status


def _bytes(data: object) -> bytes:
    return data if isinstance(data, bytes) else str(data or "").encode()


@asynccontextmanager
async def connect(server: Server, access: Access) -> AsyncIterator[Remote]:
    """Logs in; UserError with exit code 4 when that fails, saying why."""
    try:
        connection = await asyncio.wait_for(_open(server, access), CONNECT_TIMEOUT)
    except asyncssh.HostKeyNotVerifiable as error:
        raise _wrong_host_key(server, access) from error
    except asyncssh.PermissionDenied as error:
        raise unreachable(server, f"login as {access.user} was refused", "add your public key on the server") from error
    except TimeoutError as error:
        raise unreachable(server, f"no answer on {server.address} in {CONNECT_TIMEOUT:.0f} s", "is it on?") from error
    except (OSError, asyncssh.Error) as error:
        raise unreachable(server, str(error) or type(error).__name__, "is it on, and is SSH open to you?") from error
    async with connection:
        yield Remote(server, connection, sudo=access.user != "root")


async def _open(server: Server, access: Access) -> asyncssh.SSHClientConnection:
    chosen: dict[str, object] = {}
    if access.key:
        # A key of the site's own: neither the user's agent nor their configuration has a part in it.
        chosen = {"client_keys": [str(access.key)], "agent_path": None, "config": []}
    if access.known_hosts:
        chosen["known_hosts"] = str(access.known_hosts)
    return await asyncssh.connect(
        server.ssh or server.address,
        username=access.user,
        connect_timeout=CONNECT_TIMEOUT,
        keepalive_interval=5,
        keepalive_count_max=3,
        compression_algs=None,
        **chosen,
    )


def unreachable(server: Server, problem: str, hint: str) -> UserError:
    return UserError(server.name, problem, hint, exit_code=Exit.UNREACHABLE)


def _wrong_host_key(server: Server, access: Access) -> UserError:
    file = access.known_hosts or Path("~/.ssh/known_hosts")
    return unreachable(
        server,
        f"the host key of {server.address} is not the one in {file}",
        f"if the server was reinstalled, replace its line there: ssh-keygen -R {server.address}; "
        "if it was not, somebody answers in its place",
    )
