"""Three real machines with every role each: any one of them may be lost."""

from __future__ import annotations

import pytest

from tests.lab.sites import LabSite
from tests.lab.traffic import traffic

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.mark.parametrize("victim", ["a", "b", "c"])
def test_any_one_of_three_may_be_lost_and_rejoins_by_itself(trio: LabSite, victim: str) -> None:
    trio.await_verdict()
    with traffic(trio) as running:
        trio.lab("stop", victim)
        running.await_writes(30)
        assert trio.await_verdict("degraded")["tiers"]
        trio.lab("start", victim)
        trio.await_verdict()
    print(f"{victim}: {running.seen.longest_gap:.2f} s without a write, {len(running.seen.failures)} failures")


def test_losing_a_second_one_is_reported_as_down_and_mended_by_its_return(trio: LabSite) -> None:
    trio.await_verdict()
    for victim in ("b", "c"):
        trio.lab("stop", victim)
    try:
        seen = trio.await_verdict("down")
    finally:
        for victim in ("b", "c"):
            trio.lab("start", victim)
    assert any(reason.startswith("etcd: ") for reason in seen["reasons"])
    trio.await_verdict()


def test_a_machine_cut_off_from_all_is_missed_and_healed(trio: LabSite) -> None:
    trio.await_verdict()
    with traffic(trio) as running:
        trio.lab("cut", "a")
        running.await_writes(30)
        trio.lab("heal", "a")
        trio.await_verdict()
