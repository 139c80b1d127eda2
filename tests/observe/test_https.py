"""A request as a visitor makes it, against a real TLS server on loopback."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from colonnade.components.tls.leaf import issue
from colonnade.model.layout import Certificate
from colonnade.observe.https import Answer, get
from tests.sites import VAULT


def test_status_and_headers_are_read(tmp_path: Path) -> None:
    answer = asked(tmp_path, b"HTTP/1.1 204 No Content\r\nX-Request-ID: abc\r\n\r\n")
    assert answer == Answer(204, {"x-request-id": "abc"})


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n"], ids=["none", "cut", "nonsense"])
def test_a_balancer_that_does_not_answer_is_an_error_and_not_a_crash(tmp_path: Path, words: bytes) -> None:
    with pytest.raises(ConnectionError):
        asked(tmp_path, words)


def asked(folder: Path, words: bytes) -> Answer:
    """What is made of a server that says these words and closes."""
    return asyncio.run(_asked(folder, words))


async def _asked(folder: Path, words: bytes) -> Answer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=_context(folder))
    async with server:
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cadata=VAULT.ca_cert)
        return await get("127.0.0.1", "site.test", "/", trusting, 5, port)


def _context(folder: Path) -> ssl.SSLContext:
    current = replace(VAULT, today=datetime.now(UTC))
    leaf = issue(current, Certificate("haproxy", "lb1", "/", "root", "root", ("site.test",), "site.test"))
    pem = folder / "server.pem"
    pem.write_text(leaf.certificate + leaf.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
