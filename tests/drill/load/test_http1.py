"""HTTP/1.1 against a real TLS server: what each way of answering, and of not answering, becomes."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import Counter
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.dial import Dialer
from colonnade.drill.load.exchange import Exchange
from colonnade.drill.load.kept import KeptPool
from colonnade.drill.load.load import Stream
from colonnade.drill.load.render import Rendered
from tests.drill.load.server import OK, Asked, Last, asked, context, get, load_for, made, post, serving

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


async def ok(request: Asked) -> bytes:
    return OK


async def silence(request: Asked) -> None:
    await asyncio.sleep(60)


async def hang_up(request: Asked) -> None:
    return None


def outcomes(operations: list[Operation]) -> Counter[tuple[Result, str]]:
    return Counter((each.result, each.detail) for each in operations)


def test_every_request_becomes_an_operation() -> None:
    operations = asyncio.run(asked(ok, get()))
    assert outcomes(operations) == {(Result.OK, "200"): 10}
    assert {(each.kind, each.key, each.value) for each in operations} == {("http.get", "127.0.0.1", 200)}
    assert all(each.scheduled <= each.started <= each.ended for each in operations)


def test_the_server_sees_a_proper_request() -> None:
    seen: list[Asked] = []

    async def answer(request: Asked) -> bytes:
        seen.append(request)
        return b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

    stream = post(path="/entries.json", headers=(("From-Test", "yes"),), capture="key")
    operations = asyncio.run(asked(answer, stream))
    assert {(each.method, each.path, each.headers["host"], each.headers["from-test"]) for each in seen} == {
        ("POST", "/entries.json", "site.test", "yes")
    }
    keys = {json.loads(each.body)["key"] for each in seen}
    assert len(keys) == 10 and all(UUID(key) for key in keys)
    assert {each.key for each in operations} == {each.value for each in operations} == keys


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (UNAVAILABLE, "503"),
        (None, "closed without an answer"),
        (Last(OK[:-1]), "closed without an answer"),
        (b"?!\r\n\r\n", "not HTTP: b'?!\\r\\n'"),
    ],
    ids=["503", "closed", "cut", "not HTTP"],
)
def test_bad_answers(answer: bytes | None, detail: str, method: str) -> None:
    async def say(request: Asked) -> bytes | None:
        return answer

    operations = asyncio.run(asked(say, get(method=method, rate=30)))
    assert outcomes(operations) == {(Result.FAIL if method == "GET" else Result.UNKNOWN, detail): 3}


def test_no_answer_in_time() -> None:
    operations = asyncio.run(asked(silence, get(timeout=0.3)))
    assert outcomes(operations) == {(Result.FAIL, "no answer in 0.3 s"): 10}
    assert all(each.latency >= 0.29 for each in operations)


def test_a_refused_connection_fails_for_a_post_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    operations, _ = asyncio.run(made(load_for(port, post(), get(connection="new"))))
    assert {each.result for each in operations} == {Result.FAIL}
    assert all("connect" in each.detail.lower() for each in operations)
    assert len(operations) == 20


def test_a_certificate_of_somebody_else_is_no_answer() -> None:
    async def run() -> list[Operation]:
        async with serving(ok) as port:
            return (await made(load_for(port, get(rate=20), domain="other.test")))[0]

    operations = asyncio.run(run())
    assert {each.result for each in operations} == {Result.FAIL}
    assert "other.test" in operations[0].detail


def test_kept_connections_are_used_again_and_new_ones_are_not() -> None:
    seen: list[Asked] = []

    async def answer(request: Asked) -> bytes:
        seen.append(request)
        return OK

    asyncio.run(asked(answer, get()))
    assert len({each.connection for each in seen}) < len(seen) == 10
    assert {each.headers["connection"] for each in seen} == {"keep-alive"}
    seen.clear()
    asyncio.run(asked(answer, get(connection="new")))
    assert {each.turn for each in seen} == {0}
    assert {each.headers["connection"] for each in seen} == {"close"}
    assert len(seen) == 10


class Closing:
    """Answers the first request of each connection, and closes when the second comes."""

    def __init__(self) -> None:
        self.refused = 0

    async def answer(self, request: Asked) -> bytes | None:
        self.refused += request.turn > 0
        return OK if request.turn == 0 else None


def test_a_get_on_a_kept_connection_that_the_server_closed_is_sent_again() -> None:
    server = Closing()
    operations, summary = asyncio.run(_summed(server, get()))
    assert outcomes(operations) == {(Result.OK, "200"): 10}
    assert summary.resent == server.refused > 0


def test_a_post_is_not() -> None:
    server = Closing()
    operations, summary = asyncio.run(_summed(server, post()))
    assert outcomes(operations)[(Result.UNKNOWN, "closed without an answer")] == server.refused > 0
    assert summary.resent == 0


def test_nor_is_a_get_that_changes_something() -> None:
    server = Closing()
    operations, summary = asyncio.run(_summed(server, get(changes=True)))
    assert outcomes(operations)[(Result.UNKNOWN, "closed without an answer")] == server.refused > 0
    assert summary.resent == 0


async def _summed(server: Closing, stream: Stream) -> Any:
    async with serving(server.answer) as port:
        return await made(load_for(port, stream))


def test_a_post_looks_whether_the_connection_is_closed_already() -> None:
    """The server closes while the client is busy, and would get the next request before the client reads of it."""
    arrived, waiting, closed = threading.Event(), threading.Event(), threading.Event()

    def serve(server: socket.socket) -> None:
        for gate in (waiting, closed):
            plain, _ = server.accept()
            with context("http/1.1").wrap_socket(plain, server_side=True) as connection:
                connection.recv(65536)
                arrived.set()
                gate.wait(10)
                connection.sendall(OK)
            closed.set()

    def busy(_: Exchange) -> None:
        closed.wait(10)

    async def work(port: int) -> list[Operation | None]:
        dialer = Dialer(load_for(port), "http/1.1")
        pool = KeptPool(partial(dialer.dial, "127.0.0.1", 10.0))
        rendered = Rendered(post(), "site.test", "keep-alive")
        ended = asyncio.Event()
        first = Exchange(rendered, "c", "1", 0.0, monotonic, busy)
        pool.submit(first)
        await asyncio.to_thread(arrived.wait, 10)
        second = Exchange(rendered, "c", "2", 0.0, monotonic, lambda _: ended.set())
        pool.submit(second)
        waiting.set()
        await ended.wait()
        pool.close()
        return [first.operation, second.operation]

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        operations = asyncio.run(work(server.getsockname()[1]))
        thread.join()
    assert [each and each.result for each in operations] == [Result.OK, Result.OK]


def test_a_body_may_end_with_its_connection() -> None:
    async def answer(request: Asked) -> bytes:
        return Last(b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}')

    operations = asyncio.run(asked(answer, get(capture="json")))
    assert {(each.result, each.value["a"]) for each in operations} == {(Result.OK, 1)}


def test_big_bodies_and_chunks() -> None:
    text = json.dumps({"big": "x" * 3_000_000}).encode()
    chunks = [text[at : at + 65_000] for at in range(0, len(text), 65_000)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    got: list[int] = []

    async def answer(request: Asked) -> bytes:
        got.append(len(request.body))
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body

    operations = asyncio.run(asked(answer, post(rate=10, body_template="y" * 2_000_000, capture="json.big")))
    assert [(each.result, len(each.value)) for each in operations] == [(Result.OK, 3_000_000)]
    assert got == [2_000_000]
