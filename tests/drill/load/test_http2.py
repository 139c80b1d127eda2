"""HTTP/2 against a real TLS server."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load, Stream, Visitors
from tests.drill.load.http2_server import Peer, serving_http2
from tests.drill.load.server import OK, Asked, get, load_for, made, made_until, post, serving
from tests.drill.load.test_visitor import VISIT

Act = Callable[[Peer, int], None]
Run = tuple[list[Operation], Summary, list[Peer]]


def ok(peer: Peer, stream: int) -> None:
    peer.answer(stream)


def run(act: Act, *streams: Stream, **more: Any) -> Run:
    """Ten requests of a stream, or as long as is said."""
    return asyncio.run(_run(act, made, *streams, **more))


def run_until(enough: Callable[[list[Operation]], bool], act: Act, *streams: Stream, **more: Any) -> Run:
    return asyncio.run(_run(act, partial(made_until, enough), *streams, **more))


async def _run(
    act: Act, make: Callable[[Load], Awaitable[tuple[list[Operation], Summary]]], *streams: Stream, **more: Any
) -> Run:
    async with serving_http2(act) as (port, peers):
        operations, summary = await make(load_for(port, *streams, **more))
        return operations, summary, peers


def outcomes(operations: list[Operation]) -> Counter[tuple[Result, str]]:
    return Counter((each.result, each.detail) for each in operations)


def h2(stream: Stream) -> Stream:
    return Stream(**{**{name: getattr(stream, name) for name in stream.__dataclass_fields__}, "protocol": "h2"})


def test_many_requests_over_one_connection() -> None:
    def slow(peer: Peer, stream: int) -> None:
        asyncio.get_running_loop().call_later(0.2, peer.answer, stream)

    operations, _, peers = run(slow, h2(get()))
    assert outcomes(operations) == {(Result.OK, "200"): 10}
    assert [len(peer.streams) for peer in peers] == [10]


def test_the_server_sees_a_proper_request() -> None:
    def created(peer: Peer, stream: int) -> None:
        peer.answer(stream, 201, json.dumps({"id": 7}).encode())

    operations, _, (peer,) = run(created, h2(post(path="/entries.json", capture="json.id")))
    assert {(each.result, each.value) for each in operations} == {(Result.OK, 7)}
    fields = peer.headers[peer.streams[0]]
    asked = {name: fields[name] for name in (":method", ":path", ":authority", ":scheme", "content-type")}
    assert asked == {
        ":method": "POST",
        ":path": "/entries.json",
        ":authority": "site.test",
        ":scheme": "https",
        "content-type": "application/json",
    }
    assert {json.loads(body)["key"] for body in peer.bodies.values()} == {each.key for each in operations}


def test_a_new_connection_for_each() -> None:
    operations, _, peers = run(ok, h2(get(connection="new")))
    assert outcomes(operations) == {(Result.OK, "200"): 10}
    assert [len(peer.streams) for peer in peers] == [1] * 10


def test_big_bodies_pass_the_windows() -> None:
    def answer(peer: Peer, stream: int) -> None:
        peer.answer(stream, body=json.dumps(len(peer.bodies[stream]) * "z").encode())

    operations, _, _ = run(answer, h2(post(rate=10, body_template="y" * 1_000_000, capture="json")))
    assert [(each.result, len(each.value)) for each in operations] == [(Result.OK, 1_000_000)]


def test_goaway_lets_finish_what_was_begun_and_the_rest_goes_elsewhere() -> None:
    """As a HAProxy that is reloaded does it; not even a POST is lost, and none is made twice."""

    def leave(peer: Peer, stream: int) -> None:
        if peer.number or stream < 5:
            peer.answer(stream)
        elif stream == 5:
            peer.write(GoAwayFrame(0, last_stream_id=5).serialize())
            asyncio.get_running_loop().call_later(0.2, peer.answer, stream)

    operations, _, (first, *others) = run(leave, h2(post(rate=50)))
    assert outcomes(operations) == {(Result.OK, "200"): 5}
    begun = {first.bodies[stream] for stream in (1, 3, 5)}
    assert sorted(body for peer in others for body in peer.bodies.values() if body in begun) == []


def test_what_a_server_refuses_or_leaves_unprocessed_is_sent_again() -> None:
    def refuse(peer: Peer, stream: int) -> None:
        if peer.number:
            peer.answer(stream)
        elif stream == 1:
            peer.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
        else:
            peer.write(GoAwayFrame(0, last_stream_id=1).serialize())

    operations, summary, _ = run(refuse, h2(post(rate=20)))
    assert outcomes(operations) == {(Result.OK, "200"): 2}
    assert summary.resent >= 1


@pytest.mark.parametrize(("stream", "lost"), [(get(rate=30), 0), (post(rate=30), 2), (get(rate=30, changes=True), 2)])
def test_a_connection_that_dies(stream: Stream, lost: int) -> None:
    """The third request on the first connection never comes back, nor do those that wait beside it."""

    def die(peer: Peer, stream: int) -> None:
        if peer.number or stream == 1:
            peer.answer(stream)
        elif stream == 5:
            peer.end()

    operations, summary, _ = run(die, h2(stream))
    found = outcomes(operations)
    assert found[(Result.OK, "200")] == 3 - lost
    assert sum(found.values()) == 3
    assert {each.result for each in operations} == ({Result.OK, Result.UNKNOWN} if lost else {Result.OK})
    assert summary.resent == 2 - lost


def test_a_connection_without_a_word_is_left_after_a_timeout() -> None:
    def deaf(peer: Peer, stream: int) -> None:
        if peer.number:
            peer.answer(stream)

    def answered(operations: list[Operation]) -> bool:
        return len(operations) > 1 and operations[-1].result is Result.OK

    operations, _, _ = run_until(answered, deaf, h2(get(rate=20, timeout=0.3)))
    assert outcomes(operations[:-1])[(Result.FAIL, "no answer in 0.3 s")] > 0


def test_a_reset_stream_and_a_bad_status() -> None:
    def bad(peer: Peer, stream: int) -> None:
        if stream == 1:
            peer.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
        else:
            peer.answer(stream, 503)

    operations, _, _ = run(bad, h2(get(rate=20)))
    assert [each.result for each in operations] == [Result.FAIL, Result.FAIL]
    assert {each.detail for each in operations} == {"503", "reset: INTERNAL_ERROR"}


def test_a_server_without_http2_is_an_error_and_not_a_crash() -> None:
    async def answer(request: Asked) -> bytes:
        return OK

    async def work() -> list[Operation]:
        async with serving(answer) as port:
            return (await made(load_for(port, h2(get(rate=20)))))[0]

    assert outcomes(asyncio.run(work())) == {(Result.FAIL, "the server does not speak HTTP/2"): 2}


def test_visitors_keep_their_cookies() -> None:
    def visit(peer: Peer, stream: int) -> None:
        known = peer.headers[stream].get("cookie", "session=0")
        number = int(known.removeprefix("session=")) + 1
        peer.answer(stream, body=b'{"visits": %d}' % number, set_cookie=f"session={number}; Secure")

    visitors = Visitors(steps=(VISIT,), count=1, think=0.01, protocol="h2")
    operations, _, _ = run_until(lambda operations: len(operations) == 3, visit, visitors=(visitors,))
    assert [each.value for each in operations] == [1, 2, 3]
