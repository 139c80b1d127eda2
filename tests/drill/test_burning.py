"""The error budget of a drill on a real site."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.drill import burning
from colonnade.drill.burning import WINDOW, burnt, within_budget
from colonnade.drill.clock import Clock
from colonnade.drill.history import Operation, Result


def page(ended: float, result: Result = Result.OK, kind: str = "http.get") -> Operation:
    return Operation("c", kind, "203.0.113.10", None, ended - 0.05, ended - 0.05, ended, result)


def pages(failed: int, well: int, at: float = 100.0) -> list[Operation]:
    return [page(at, Result.FAIL) for _ in range(failed)] + [page(at) for _ in range(well)]


def test_a_share_of_failures_within_the_budget_goes_on() -> None:
    assert burnt(pages(2, 98), 101, 5) is None


def test_more_failures_end_it() -> None:
    assert burnt(pages(6, 94), 101, 5) == "6 of 100 requests failed within 10 s, more than 5 %"


def test_what_is_long_ago_no_longer_counts() -> None:
    assert burnt([*pages(50, 50, at=80.0), *pages(0, 100)], 101, 5) is None


def test_a_few_requests_are_no_share() -> None:
    assert burnt(pages(2, 3), 101, 5) is None


def test_a_stall_burns_it_too() -> None:
    assert burnt(pages(0, 100, at=100.0), 100 + WINDOW + 1, 5) == "no page was served for 10 s"


def test_only_visitors_count() -> None:
    assert burnt([*pages(0, 30), *(page(100, Result.FAIL, "ledger.add") for _ in range(100))], 101, 5) is None


def test_the_work_is_cancelled_and_may_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burning, "PAUSE", 0.01)
    monkeypatch.setattr(burning, "WINDOW", 0.02)
    mended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            mended.append(True)

    with pytest.raises(ExceptionGroup, match="unhandled errors") as raised:
        asyncio.run(within_budget(work(), [], Clock(), 5))
    assert mended == [True]
    assert "error budget is burnt" in str(raised.value.exceptions[0])


def test_work_that_ends_in_time_ends_the_watch() -> None:
    asyncio.run(within_budget(asyncio.sleep(0.01), [], Clock(), 5))
