"""Visitors: one request at a time, with their cookies."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from itertools import count, pairwise

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.load import Request, Visitors
from colonnade.drill.load.visitor import Jar
from tests.drill.load.server import Asked, load_for, made, made_until, serving

VISIT = Request(kind="session.write", path="/visits.json", capture="json.visits", changes=True)


class Book:
    """Counts the visits of each session, as the guestbook does."""

    def __init__(self) -> None:
        self.visits: Counter[str] = Counter()
        self.names = (f"s{number}" for number in count())
        self.seen: list[Asked] = []

    async def answer(self, request: Asked) -> bytes:
        self.seen.append(request)
        session = request.headers.get("cookie", "").removeprefix("session=") or next(self.names)
        self.visits[session] += 1
        body = b'{"visits": %d}' % self.visits[session]
        cookie = f"session={session}; Secure; HttpOnly".encode()
        return b"HTTP/1.1 200 OK\r\nSet-Cookie: %b\r\nContent-Length: %d\r\n\r\n%b" % (cookie, len(body), body)


async def visited(book: Book, visitors: Visitors) -> list[Operation]:
    """Twelve answers, and what was on its way then."""
    async with serving(book.answer) as port:
        load = load_for(port, visitors=(visitors,))
        return (await made_until(lambda operations: len(operations) >= 12, load))[0]


def test_each_visitor_has_a_session_and_sees_it_grow() -> None:
    book = Book()
    operations = asyncio.run(visited(book, Visitors(steps=(VISIT,), count=3, think=0.02)))
    by_client = defaultdict(list)
    for each in operations:
        by_client[each.client].append(each)
    assert len(by_client) == len(book.visits) == 3
    for theirs in by_client.values():
        assert [each.value for each in theirs] == list(range(1, len(theirs) + 1))
        assert {(each.kind, each.key, each.result) for each in theirs} == {
            ("session.write", theirs[0].client, Result.OK)
        }
        assert all(later.started >= earlier.ended + 0.02 for earlier, later in pairwise(theirs))


def test_the_key_is_one_for_all_steps_of_a_turn() -> None:
    book = Book()
    steps = (
        Request(kind="session.write", method="POST", path="/entries", body_template="key={key}", capture="key"),
        Request(kind="session.read", capture="found"),
    )
    operations = asyncio.run(visited(book, Visitors(steps=steps, count=1, think=0.01)))
    turns = list(zip(operations[::2], operations[1::2], strict=False))
    assert turns and all(write.key == write.value == read.key for write, read in turns)
    assert len({write.key for write, _ in turns}) == len(turns)
    assert {read.value for _, read in turns} == {False}
    assert [each.method for each in book.seen[:2]] == ["POST", "GET"]


def test_an_unanswered_visit_may_have_counted() -> None:
    async def silence(request: Asked) -> None:
        await asyncio.sleep(60)

    async def run() -> list[Operation]:
        async with serving(silence) as port:
            visitors = Visitors(steps=(Request(kind="session.write", changes=True, timeout=0.2),), count=2)
            return (await made(load_for(port, visitors=(visitors,))))[0]

    assert {(each.result, each.detail) for each in asyncio.run(run())} == {(Result.UNKNOWN, "no answer in 0.2 s")}


def test_the_jar() -> None:
    jar = Jar()
    jar.keep(["a=1; Path=/; Secure", "b=x=y"])
    assert jar.header == "a=1; b=x=y"
    jar.keep(["a=2", "b=; Max-Age=0"])
    assert jar.header == "a=2"
