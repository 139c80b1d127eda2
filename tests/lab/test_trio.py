"""Three real machines with every role each: any one of them may be lost."""

from __future__ import annotations

import json

import pytest

from colonnade.drill.fault.breaking import broken
from colonnade.spec.environment import lab_network
from tests.lab.bench import bench, done
from tests.lab.firing import fired, over
from tests.lab.machines import on
from tests.lab.receivers import ALERTS, HTTP, SMTP, receiving
from tests.lab.sites import LabSite
from tests.lab.traffic import traffic

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


ASK = "curl -sf --cacert {tls}/ca.crt --cert {tls}/server.crt --key {tls}/server.key https://{server}:9090{path}"


@pytest.mark.long
def test_a_lost_server_is_one_message_and_so_is_its_return(trio: LabSite) -> None:
    """Through a real mail server and a real webhook, from three monitors of which one is lost with the server.

    The first test: what others break is still told of for minutes."""
    host = lab_network("trio-test").gateway
    trio.spec.write_text(trio.spec.read_text() + ALERTS.format(host=host))
    trio.run("apply", "-e", "lab", "--yes")
    trio.await_verdict()
    assert targets_down(trio) == []
    with receiving(host, SMTP, HTTP) as received:
        trio.lab("stop", "c")
        try:
            received.await_all(lambda seen: bool(seen.mails and seen.posts), 120)
        finally:
            trio.lab("start", "c")
        trio.await_verdict()
        received.await_all(lambda seen: len(seen.mails) > 1 and len(seen.posts) > 1, 300)
    assert received.subjects() == ["[trio-test] c is lost", "[trio-test] over: c is lost"]
    assert received.alerts("firing") == received.alerts("resolved") == [("ServerDown", "c")]
    text = received.text_of("[trio-test] c is lost")
    assert "The site serves. database: can lose 0 more" in text or "The site serves. etcd: can lose 0 more" in text


def targets_down(trio: LabSite) -> list[str]:
    """Every target of every component answers over TLS."""
    tls = "/etc/colonnade/tls/prometheus"
    ask = ASK.format(tls=tls, server="a", path="'/api/v1/query?query=up'")
    found = json.loads(on(trio, "a", ask))["data"]["result"]
    assert len(found) > 30
    return [each["metric"]["instance"] for each in found if each["value"][1] != "1"]


@pytest.mark.long
def test_alertmanagers_that_do_not_hear_each_other_are_an_alert(trio: LabSite) -> None:
    apart = {"AlertmanagersApart"}

    async def work() -> None:
        async with bench(trio) as own:
            async with broken(own.breaker, own.fault("alertmanager", "stop", "c"), 300):
                await fired(own, "a", apart, 280)
            await over(own, "a", apart, 120)

    trio.await_verdict()
    done(work())
    trio.await_verdict()


@pytest.mark.parametrize("victim", ["a", *(pytest.param(each, marks=pytest.mark.long) for each in "bc")])
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
