"""Every checker has its say, a crash of one hides nothing, and what was not asked is not missing."""

from __future__ import annotations

import pytest

from colonnade.drill.budget import named
from colonnade.drill.checker import http
from colonnade.drill.history import History, Injection, Operation, Result
from colonnade.drill.judge import judge
from colonnade.drill.preconditions import require_calm, require_whole
from colonnade.drill.verdict import Finding, Verdict
from colonnade.errors import UserError
from colonnade.observe.status import SiteStatus


def operation(kind: str, key: str, result: Result = Result.OK, at: float = 1.0) -> Operation:
    return Operation("c", kind, key, key, at, at, at + 0.1, result, "503")


def added(key: str) -> Operation:
    return operation("ledger.add", key)


HISTORY = History(
    (*(operation("http.get", "10.0.0.1", at=float(at)) for at in range(30)), *map(added, "12")),
    (Injection("db1", "patroni", "kill", "SIGKILL", 10.0, 20.0),),
)


def test_only_what_was_asked_is_judged() -> None:
    findings, measures = judge(HISTORY, {"primary db1": frozenset({"1", "2"})}, named("primary-killed"), ())
    assert {finding.checker for finding in findings} == {"http", "ledger"}
    assert {m.name: m.value for m in measures}["lost"] == 0


def test_a_lost_write_fails_and_is_counted() -> None:
    findings, measures = judge(HISTORY, {"primary db1": frozenset({"1"})}, named("primary-killed"), ())
    assert {f.checker: f.verdict for f in findings}["ledger"] is Verdict.FAIL
    lost = next(measure for measure in measures if measure.name == "lost")
    assert (lost.value, lost.verdict) == (1, Verdict.FAIL)


def test_a_checker_that_crashes_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> Finding:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(http, "check", crash)
    findings, _ = judge(HISTORY, {"primary db1": frozenset({"1"})}, named("primary-killed"), ())
    found = {finding.checker: finding for finding in findings}
    assert found["http"].verdict is Verdict.UNKNOWN and "ZeroDivisionError: oops" in found["http"].text
    assert found["ledger"].verdict is Verdict.FAIL


def test_pages_that_fail_before_anything_is_broken_stop_the_drill() -> None:
    require_calm([operation("http.get", "10.0.0.1"), operation("ledger.add", "1", Result.FAIL)])
    with pytest.raises(UserError, match="1 pages failed before anything was broken, the first with: 503"):
        require_calm([operation("http.get", "10.0.0.1", Result.FAIL)])


def test_a_site_that_misses_something_is_refused() -> None:
    require_whole(SiteStatus("serving", (), (), {}, ()))
    with pytest.raises(UserError, match="degraded before anything was broken: web: 1 of 2 well"):
        require_whole(SiteStatus("degraded", ("web: 1 of 2 well", "web2: lost"), (), {}, ()))
