"""HTTP: which requests failed, and which of them had to.

No verdict of its own: how many may fail depends on the fault, so a drill's budget judges the counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from colonnade.drill.checker.words import EXAMPLES, amount, undecided, who
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.timing import STOPPED
from colonnade.drill.verdict import Finding, Verdict


def check(history: History, window: float = 0.0) -> Finding:
    """A request without an answer has failed, for the user; but not one that the end of the load cut short.

    It failed in flight when it had been sent before a fault was injected and had not ended by then
    (started <= injected <= ended), or was sent at most `window` seconds after it: what the budget allows for detection.
    """
    requests = history.of("http")
    if not requests:
        return undecided("http")
    failed = [each for each in requests if each.result is not Result.OK and each.detail != STOPPED]
    injected = sorted(each.injected for each in history.injections if each.injected is not None)
    other = [each for each in failed if not _in_flight(each, injected, window)]
    counts = {
        "requests": len(requests),
        **_methods("failed", failed),
        "failed_in_flight": len(failed) - len(other),
        **_methods("failed_other", other),
        "unknown": sum(each.result is Result.UNKNOWN for each in failed),
    }
    return Finding("http", Verdict.PASS, _text(counts), counts, tuple(_told(each) for each in other[:EXAMPLES]))


def _in_flight(request: Operation, injected: Sequence[float], window: float) -> bool:
    first = bisect_left(injected, request.started - window)
    return first < len(injected) and injected[first] <= request.ended


def _methods(name: str, requests: Sequence[Operation]) -> dict[str, int]:
    return {
        name: len(requests),
        f"{name}_get": sum(each.kind == "http.get" for each in requests),
        f"{name}_post": sum(each.kind == "http.post" for each in requests),
    }


def _text(counts: dict[str, int]) -> str:
    requests = amount(counts["requests"], "request")
    if not counts["failed"]:
        return f"{requests}, none failed"
    methods = f"{counts['failed_get']:,} GET, {counts['failed_post']:,} POST"
    return f"{counts['failed']:,} of {requests} failed ({methods}), {counts['failed_in_flight']:,} of them in flight"


def _told(request: Operation) -> str:
    method = request.kind.removeprefix("http.").upper()
    return f"{method} {request.key} of {who(request)}: {request.detail or request.result}"
