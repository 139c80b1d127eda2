"""One client: what it records of each operation, and when it gives a connection up."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from colonnade.drill.history import Result
from colonnade.drill.sql.client import Answer, Client
from colonnade.drill.sql.driver import Connection, Message
from colonnade.drill.sql.routes import Route
from tests.drill.sql.fakes import FakeConnection, FakeRoute, empty
from tests.drill.sql.test_classify import GONE, said

NEVER = asyncio.Event
LONG = 3600.0


def client(route: FakeRoute, limit: float = LONG) -> Client:
    return Client("ledger-1", cast(Route, route), limit)


def failing(when: str, error: Exception) -> Any:
    async def answer(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        if query.startswith(when):
            raise error
        return await empty(connection, query, args)

    return answer


async def silent(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
    await asyncio.sleep(LONG)


class Scene(NamedTuple):
    client: Client
    route: FakeRoute
    answer: Answer


def statement(answer: Any, limit: float = LONG) -> Scene:
    async def scene() -> Scene:
        route = FakeRoute("app1", answer)
        one = client(route, limit)
        await one.ready(NEVER())
        return Scene(one, route, await one.statement("INSERT"))

    return asyncio.run(scene())


def transaction(answer: Any) -> Scene:
    async def body(connection: Connection) -> str:
        await connection.execute("UPDATE")
        return "done"

    async def scene() -> Scene:
        route = FakeRoute("app1", answer)
        one = client(route)
        await one.ready(NEVER())
        return Scene(one, route, await one.transaction("REPEATABLE READ", body))

    return asyncio.run(scene())


def test_an_answer_is_ok_and_the_connection_stays() -> None:
    scene = statement(empty)
    assert scene.answer == Answer(Result.OK, [])
    assert scene.client.connected
    assert scene.client.name == "ledger-1@app1"


def test_after_an_unknown_result_somebody_else_goes_on_with_another_connection() -> None:
    scene = statement(failing("INSERT", GONE))
    assert scene.answer.result is Result.UNKNOWN
    assert scene.route.made[0].is_closed()
    assert scene.client.name == "ledger-1@app1#2"


def test_no_answer_in_time_ends_the_session_and_is_unknown() -> None:
    scene = statement(silent, limit=0.05)
    assert scene.answer.result is Result.UNKNOWN
    assert scene.route.made[0].sent == ["INSERT"]
    assert scene.route.made[0].is_closed()


def test_an_error_of_the_server_keeps_client_and_connection() -> None:
    scene = statement(failing("INSERT", said("25006", "cannot execute INSERT")))
    assert (scene.answer.result, scene.answer.detail) == (Result.FAIL, "25006 cannot execute INSERT")
    assert scene.client.connected
    assert scene.client.name == "ledger-1@app1"


def test_a_warning_before_the_acknowledgement_makes_it_unknown() -> None:
    async def warned(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        assert connection.notify
        text = "canceling wait for synchronous replication due to user request"
        connection.notify(connection, cast(Message, SimpleNamespace(sqlstate="01000", message=text)))
        return []

    scene = statement(warned)
    assert scene.answer.result is Result.UNKNOWN
    assert scene.answer.detail.startswith("canceling wait")


def test_a_transaction_is_begun_done_and_committed() -> None:
    scene = transaction(empty)
    assert scene.answer == Answer(Result.OK, "done")
    assert scene.route.made[0].sent == ["BEGIN ISOLATION LEVEL REPEATABLE READ", "UPDATE", "COMMIT"]


def test_a_transaction_that_fails_is_rolled_back() -> None:
    scene = transaction(failing("UPDATE", said("40001", "could not serialize access")))
    assert scene.answer.result is Result.FAIL
    assert scene.route.made[0].sent[-1] == "ROLLBACK"
    assert scene.client.connected


def test_a_connection_lost_before_commit_is_a_failure_at_commit_it_is_unknown() -> None:
    assert transaction(failing("UPDATE", GONE)).answer.result is Result.FAIL
    assert transaction(failing("COMMIT", GONE)).answer.result is Result.UNKNOWN


def test_a_commit_that_the_server_refuses_has_failed() -> None:
    assert transaction(failing("COMMIT", said("40001", "could not serialize access"))).answer.result is Result.FAIL


def test_a_client_of_a_lost_server_rests_until_it_is_back() -> None:
    async def scene() -> None:
        route, until = FakeRoute("app1"), NEVER()
        one = client(route)
        route.lose()
        waiting = asyncio.create_task(one.ready(until))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        assert not route.made
        route.regain()
        assert await waiting
        assert len(route.made) == 1

    asyncio.run(scene())


def test_a_client_without_a_connection_tries_with_growing_pauses_and_ends_when_told() -> None:
    async def scene() -> int:
        route, until = FakeRoute("app1", refuses=True), NEVER()
        tried = 0
        refuse = route.connect

        async def counted() -> FakeConnection:
            nonlocal tried
            tried += 1
            return await refuse()

        route.connect = counted  # type: ignore[method-assign]
        waiting = asyncio.create_task(client(route).ready(until))
        await asyncio.sleep(0.75)
        until.set()
        assert not await waiting
        return tried

    # At 0, 0.2 and 0.6 s.
    assert asyncio.run(scene()) == 3


def test_a_cancelled_operation_ends_its_session() -> None:
    async def scene() -> None:
        route = FakeRoute("app1", silent)
        one = client(route)
        await one.ready(NEVER())
        asking = asyncio.create_task(one.statement("INSERT"))
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()
        assert route.made[0].is_closed()

    asyncio.run(scene())
