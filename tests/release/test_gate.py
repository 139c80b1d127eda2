"""The gate: what it takes for well, and for how long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import pytest

from colonnade.components.endpoints import GATE_HEADER, gate_password
from colonnade.model.site import Role
from colonnade.observe.https import Answer
from colonnade.release import gate as module
from colonnade.release.gate import VISITORS, VISITS, Gate, NotWell, verdict
from tests.sites import designed

LAYOUT = designed("guestbook").layout
APP = LAYOUT.site.apps[0]


@pytest.mark.parametrize(
    ("status", "by", "problem"),
    [
        (200, "app1-1", ""),
        (302, "app1-1", ""),
        (500, "app1-1", "worker app1-1 answers 500 on /healthz"),
        (200, "app2-1", "worker app1-1 is not in the chain yet"),
        (503, "", "nobody answers for worker app1-1: 503"),
    ],
)
def test_only_the_workers_own_good_answer_counts(status: int, by: str, problem: str) -> None:
    assert verdict("app1-1", "/healthz", status, by) == problem


def test_the_workers_of_a_server_have_the_endpoints_names() -> None:
    servers = LAYOUT.having(Role.APP)
    gate = Gate(LAYOUT, APP, ssl.create_default_context())
    assert gate.names(servers[1:]) == ("app2-1", "app2-2")


Asked = list[tuple[str, str, str]]
"""Address, path and the header that names the worker."""


def passes(monkeypatch: pytest.MonkeyPatch, statuses: list[int], hold: float = 0.0, front: int = 200) -> Asked:
    """Asks one worker, whose health page answers with these statuses in turn, and the last one for ever; 0 hangs."""
    asked: Asked = []

    async def get(address: str, host: str, path: str, *rest: Any, headers: Mapping[str, str]) -> Answer:
        asked.append((address, path, headers[GATE_HEADER]))
        status = front
        if path == "/healthz":
            status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if status == 0:
            raise TimeoutError
        return Answer(status, {GATE_HEADER.lower(): "app1-1"})

    async def broken() -> str:
        return ""

    monkeypatch.setattr(module, "get", get)
    monkeypatch.setattr(module, "BETWEEN", 0.01)
    monkeypatch.setattr(module, "SOON", 0.01)
    gate = Gate(LAYOUT, APP, ssl.create_default_context())
    asyncio.run(gate.passed(("app1-1",), 0.3, hold, broken))
    return asked


def test_it_waits_for_the_first_good_answer_over_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = passes(monkeypatch, [0, 503, 200])
    looked = [address for address, path, _ in asked if path == "/healthz"]
    assert looked == ["203.0.113.10", "203.0.113.11", "203.0.113.10"]
    assert {header for *_, header in asked} == {f"{gate_password(LAYOUT)}:app1-1"}


@pytest.mark.parametrize("status", [200, 500])
def test_a_worker_that_is_well_is_warmed_before_it_is_watched(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    pages = [path for _, path, _ in passes(monkeypatch, [503, 200], hold=0.005, front=status)]
    warming = VISITORS * VISITS
    assert pages[: 2 + warming] == ["/healthz"] * 2 + ["/"] * warming
    assert set(pages[2 + warming :]) == {"/healthz"}


def test_a_page_that_hangs_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [path for _, path, _ in passes(monkeypatch, [200], hold=0.005, front=0)]
    assert pages.count("/") == VISITORS


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotWell, match=r"does not answer /healthz within 3 s, for 0 s"):
        passes(monkeypatch, [0])


def test_one_lost_answer_is_forgiven_two_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    passes(monkeypatch, [200, 200, 500, 200], hold=0.2)
    with pytest.raises(NotWell, match="answers 500 on /healthz, after it had answered"):
        passes(monkeypatch, [200, 200, 500, 500, 200], hold=0.2)


def test_the_last_answer_has_to_be_a_good_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotWell, match="answers 500 on /healthz, after it had answered"):
        passes(monkeypatch, [200, 500], hold=0.005)
    passes(monkeypatch, [200, 500, 200], hold=0.005)


def test_a_worker_that_ends_again_and_again_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> str:
        return "colonnade-web@1.service ends again and again"

    async def get(*rest: Any, **more: Any) -> Answer:
        return Answer(503, {})

    monkeypatch.setattr(module, "get", get)
    monkeypatch.setattr(module, "BETWEEN", 0.01)
    monkeypatch.setattr(module, "SOON", 0.01)
    gate = Gate(LAYOUT, APP, ssl.create_default_context())
    with pytest.raises(NotWell, match="ends again and again"):
        asyncio.run(gate.passed(("app1-1",), 60, 0, broken))
