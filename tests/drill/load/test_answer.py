"""What an answer means."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.drill.history import Result
from colonnade.drill.load.answer import Answer, Loss, judge, may_resend, unanswered
from colonnade.drill.load.load import Request

GET = Request(kind="http.get")
POST = Request(kind="http.post", method="POST")
COUNTER = Request(kind="session.write", changes=True)


@pytest.mark.parametrize(
    ("request_", "status", "result"),
    [
        (GET, 200, Result.OK),
        (GET, 404, Result.OK),
        (GET, 429, Result.FAIL),
        (GET, 503, Result.FAIL),
        (POST, 201, Result.OK),
        (POST, 303, Result.OK),
        (POST, 422, Result.FAIL),
        (POST, 429, Result.FAIL),
        (POST, 502, Result.UNKNOWN),
        (POST, 503, Result.UNKNOWN),
        (COUNTER, 404, Result.FAIL),
        (COUNTER, 503, Result.UNKNOWN),
        (Request(kind="http.get", expect=(404,)), 404, Result.OK),
        (Request(kind="http.get", expect=(404,)), 200, Result.FAIL),
        (Request(kind="http.post", method="POST", expect=(201,)), 200, Result.FAIL),
    ],
)
def test_statuses(request_: Request, status: int, result: Result) -> None:
    assert judge(request_, Answer(status, (), b""), "k") == (result, status, str(status))


@pytest.mark.parametrize(
    ("capture", "value"),
    [
        ("status", 200),
        ("key", "k"),
        ("found", True),
        ("json", {"a": {"b": [1, "k"]}}),
        ("json.a.b", [1, "k"]),
    ],
)
def test_values(capture: str, value: Any) -> None:
    request = Request(kind="http.get", capture=capture)
    assert judge(request, Answer(200, (), b'{"a": {"b": [1, "k"]}}'), "k") == (Result.OK, value, "200")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b"3"])
def test_an_answer_without_the_value_is_none(body: bytes) -> None:
    read = Request(kind="x", capture="json.n")
    written = Request(kind="x", capture="json.n", method="POST")
    assert judge(read, Answer(200, (), body), "k") == (Result.FAIL, None, "200, without json.n")
    assert judge(written, Answer(200, (), body), "k").result is Result.UNKNOWN


def test_only_what_may_have_happened_is_unknown() -> None:
    assert unanswered(POST, sent=True) is Result.UNKNOWN
    assert unanswered(COUNTER, sent=True) is Result.UNKNOWN
    assert unanswered(POST, sent=False) is Result.FAIL
    assert unanswered(GET, sent=True) is Result.FAIL


def test_what_may_be_sent_again() -> None:
    allowed = {(name, loss) for name, request in KINDS.items() for loss in Loss if may_resend(request, loss)}
    unprocessed = {(name, Loss.UNPROCESSED) for name in KINDS}
    assert allowed == unprocessed | {("get", Loss.UNANSWERED)}


KINDS = {"get": GET, "post": POST, "counter": COUNTER}
