"""What an answer means: ok, fail or unknown. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from colonnade.drill.history import Result
from colonnade.drill.load.load import Request


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    cookies: tuple[str, ...]
    """Values of Set-Cookie."""
    body: bytes


class Judged(NamedTuple):
    """Of an operation: its result, value and detail."""

    result: Result
    value: Any
    detail: str


class Loss(Enum):
    """How a request was lost with its connection."""

    UNPROCESSED = "the server said that it did nothing with it"
    UNANSWERED = "a connection that had served before ended before the first byte of the answer"
    BROKEN = "anything else"


def judge(request: Request, answer: Answer, key: str) -> Judged:
    """A proxy's 5xx to a request that changes something is no refusal: a server behind it may have begun."""
    status = answer.status
    if not expected(request, status):
        refused = request.safe or status < 500
        return Judged(Result.FAIL if refused else Result.UNKNOWN, status, str(status))
    try:
        return Judged(Result.OK, captured(request.capture, answer, key), str(status))
    except (ValueError, LookupError, TypeError):
        return Judged(unanswered(request, sent=True), None, f"{status}, without {request.capture}")


def expected(request: Request, status: int) -> bool:
    if request.expect:
        return status in request.expect
    return status < 500 and status != 429 if request.safe else 200 <= status < 400


def captured(capture: str, answer: Answer, key: str) -> Any:
    """The value. ValueError, LookupError, TypeError: the body does not have it."""
    if capture == "status":
        return answer.status
    if capture == "key":
        return key
    if capture == "found":
        return key.encode() in answer.body
    value = json.loads(answer.body)
    for name in capture.split(".")[1:]:
        value = value[name]
    return value


def unanswered(request: Request, sent: bool) -> Result:
    """What was never sent, or changes nothing, has failed; the rest may have happened."""
    return Result.UNKNOWN if sent and not request.safe else Result.FAIL


def may_resend(request: Request, loss: Loss) -> bool:
    """On a new connection, once: RFC 9110 9.2.2 for safe requests, RFC 9113 8.7 for unprocessed ones."""
    return loss is Loss.UNPROCESSED or (loss is Loss.UNANSWERED and request.safe)
