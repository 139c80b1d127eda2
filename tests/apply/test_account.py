"""What a verb leaves with the monitors: Prometheus' text, once more each time, and never a reason to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from colonnade.apply import account
from colonnade.apply.account import accounted
from colonnade.errors import UserError
from colonnade.model.site import Site
from colonnade.model.textfile import Sample, as_text
from colonnade.remote.fleet import Fleet
from tests.sites import example

Left = list[tuple[str, tuple[Sample, ...]]]


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Left:
    found: Left = []

    async def leave(site: Site, fleet: Fleet, name: str, samples: Iterable[Sample]) -> dict[str, UserError]:
        found.append((name, tuple(samples)))
        return {"mon1": UserError("mon1", "the disk is full")}

    monkeypatch.setattr(account, "leave", leave)
    return found


async def work(problem: str = "") -> None:
    async with accounted(example("guestbook"), Fleet({}), "deploy", app="web"):
        if problem:
            raise UserError("app1", problem)


def test_a_run_that_succeeds_says_so(left: Left) -> None:
    asyncio.run(work())
    ((name, samples),) = left
    assert name == "deploy-web"
    assert {sample.name: sample.value for sample in samples}["colonnade_verb_success"] == 1
    assert all(sample.labels == (("verb", "deploy"), ("app", "web")) for sample in samples)


def test_a_run_that_fails_says_so_and_still_fails(left: Left) -> None:
    with pytest.raises(UserError, match="no disk"):
        asyncio.run(work("no disk"))
    ((_, samples),) = left
    assert {sample.name: sample.value for sample in samples}["colonnade_verb_success"] == 0


def test_numbers_of_one_name_stand_together_and_labels_are_quoted() -> None:
    samples = [Sample("a", 1.5, (("x", 'say "hi"\\'),)), Sample("b", 2), Sample("a", 1.7e9)]
    assert as_text(samples, {"a": "First.", "b": "Second."}) == (
        "# HELP a First.\n# TYPE a gauge\n"
        'a{x="say \\"hi\\"\\\\"} 1.5\na 1700000000\n'
        "# HELP b Second.\n# TYPE b gauge\nb 2\n"
    )
