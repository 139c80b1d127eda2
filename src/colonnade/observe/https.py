"""One HTTPS request to a virtual address over a new connection, as a visitor would make it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: colonnade\r\nConnection: close\r\n{extra}\r\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case."""


async def get(
    address: str,
    host: str,
    path: str,
    context: ssl.SSLContext,
    within: float,
    port: int = 443,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Reads the whole answer and keeps its head. OSError when there is none, TimeoutError after `within` seconds."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = REQUEST.format(path=path, host=host, extra=extra)
    head = await asyncio.wait_for(_exchange(address, host, request, context, port), within)
    try:
        first, *lines = head.decode("latin-1").split("\r\n")
        parted = (line.partition(":") for line in lines if line)
        return Answer(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in parted})
    except (IndexError, ValueError) as error:
        raise ConnectionError(f"not an HTTP answer: {head[:80]!r}") from error


async def _exchange(address: str, host: str, request: str, context: ssl.SSLContext, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    try:
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        return head.removesuffix(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ConnectionError("the connection was closed without an answer") from error
    finally:
        writer.close()
