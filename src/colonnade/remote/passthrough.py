"""A command on a server with the operator's own standard input, output and terminal."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, BinaryIO

import asyncssh

from colonnade.remote.connection import Remote, unreachable

CHUNK = 1 << 16


def on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


async def passthrough(remote: Remote, words: str, *, terminal: bool) -> int:
    """The command's exit status. UserError when the connection is lost meanwhile."""
    wanted: dict[str, Any] = {}
    if terminal:
        wanted = {"term_type": os.environ.get("TERM", "dumb"), "term_size": tuple(shutil.get_terminal_size())}
    try:
        async with remote.connection.create_process(remote.command(words), encoding=None, **wanted) as process:
            with _raw() if terminal else nullcontext():
                _forward_input(process)
                if terminal:
                    _follow_size(process)
                await asyncio.gather(_copy(process.stdout, sys.stdout.buffer), _copy(process.stderr, sys.stderr.buffer))
                await process.wait_closed()
    except (OSError, asyncssh.Error) as error:
        raise unreachable(remote.server, f"the connection was lost: {error}", "the command was stopped") from error
    if process.returncode is None or process.returncode < 0:
        raise unreachable(remote.server, "the connection was lost", "the command was stopped")
    return process.returncode


async def _copy(source: asyncssh.SSHReader[bytes], target: BinaryIO) -> None:
    while chunk := await source.read(CHUNK):
        target.write(chunk)
        target.flush()


def _forward_input(process: asyncssh.SSHClientProcess[bytes]) -> None:
    """From a thread of its own, which a read without end does not keep from ending with the program."""
    loop = asyncio.get_running_loop()

    def send(data: bytes) -> None:
        with suppress(OSError):
            process.stdin.write(data) if data else process.stdin.write_eof()

    async def sent() -> None:
        with suppress(OSError, asyncssh.Error):
            await process.stdin.drain()

    def read() -> None:
        with suppress(OSError, RuntimeError):
            while data := os.read(sys.stdin.fileno(), CHUNK):
                loop.call_soon_threadsafe(send, data)
                asyncio.run_coroutine_threadsafe(sent(), loop).result()
            loop.call_soon_threadsafe(send, b"")

    threading.Thread(target=read, daemon=True).start()


def _follow_size(process: asyncssh.SSHClientProcess[bytes]) -> None:
    def changed() -> None:
        process.change_terminal_size(*shutil.get_terminal_size())

    asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, changed)


@contextmanager
def _raw() -> Iterator[None]:
    """Keys go to the command as they are, Ctrl-C too."""
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
