"""Real servers on loopback, with a certificate of the tests' CA, and loads for them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from colonnade.components.tls.leaf import issue
from colonnade.drill.history import Operation
from colonnade.drill.load.generator import Generator
from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load, Stream
from colonnade.model.layout import Certificate
from tests.sites import VAULT

DOMAIN = "site.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """Counted from 0 in the order in which connections were opened."""
    turn: int
    """Its number on its connection, from 0."""


class Last(bytes):
    """An answer after which the server closes the connection, without having said so."""


Answerer = Callable[[Asked], Awaitable[bytes | None]]
"""The answer's bytes; None closes the connection."""


@asynccontextmanager
async def serving(answer: Answerer, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """An HTTP/1.1 server; its port."""
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        number, turn, opened = opened, 0, opened + 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while (said := await answer(await _read(reader, number, turn))) is not None:
                writer.write(said)
                await writer.drain()
                turn += 1
                if isinstance(said, Last):
                    break
        writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=context("http/1.1"))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader, connection: int, turn: int) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split()
    return Asked(method, path, headers, body, connection, turn)


@cache
def context(protocol: str) -> ssl.SSLContext:
    current = replace(VAULT, today=datetime.now(UTC))
    leaf = issue(current, Certificate("haproxy", "lb1", "/", "root", "root", (DOMAIN,), DOMAIN))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_alpn_protocols([protocol])
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(leaf.certificate + leaf.key)
        file.flush()
        made.load_cert_chain(Path(file.name))
    return made


def load_for(port: int, *streams: Stream, **more: Any) -> Load:
    """Begins now, at zero."""
    known = {"domain": DOMAIN, "addresses": ("127.0.0.1",), "ca_cert": VAULT.ca_cert, "seconds": 0.1}
    return Load(**{**known, "streams": streams, "origin": monotonic(), "port": port, **more})


async def made(load: Load) -> tuple[list[Operation], Summary]:
    """The whole load."""
    operations: list[Operation] = []
    generator = Generator(load, operations.append)
    await generator.warm()
    await generator.run()
    return operations, generator.summary


async def made_until(enough: Callable[[list[Operation]], bool], load: Load) -> tuple[list[Operation], Summary]:
    """The load until there are enough operations, however slow this computer is."""
    operations: list[Operation] = []

    def take(operation: Operation) -> None:
        operations.append(operation)
        if enough(operations):
            generator.stop()

    generator = Generator(replace(load, seconds=None), take)
    await generator.warm()
    await generator.run()
    return operations, generator.summary


async def asked(answer: Answerer, stream: Stream, **more: Any) -> list[Operation]:
    """What becomes of a load on a server that answers so."""
    async with serving(answer) as port:
        operations, _ = await made(load_for(port, stream, **more))
        return operations


def get(**more: Any) -> Stream:
    """Ten requests in a tenth of a second."""
    return Stream(**{"kind": "http.get", "rate": 100, **more})


def post(**more: Any) -> Stream:
    return get(**{"kind": "http.post", "method": "POST", "body_template": '{"key": "{key}"}', **more})
