"""Servers come and go while visitors read and write, and an operator puts some aside."""

from __future__ import annotations

import json
import time

import pytest

from tests.lab.bench import bench, done
from tests.lab.sites import LabSite
from tests.lab.traffic import traffic
from tests.lab.waiting import until

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(600)]

MEMBERS = "/etc/colonnade/etcd/ask https://127.0.0.1:2379 member list"
PATRONICTL = "patronictl -c /etc/patroni/config.yml"
RECOVERING = "runuser -u postgres -- psql -AtXc 'SELECT pg_is_in_recovery()'"
SLOTS = "runuser -u postgres -- psql -AtXc 'SELECT count(*) FROM pg_replication_slots'"


def scaled(site: LabSite, *words: str) -> None:
    site.run("scale", *words, "-e", "lab", "--yes")


def on(site: LabSite, server: str, command: str) -> str:
    async def asked() -> str:
        async with bench(site) as own:
            return await own.run(server, command)

    return done(asked())


def test_an_app_server_comes_and_goes_and_nobody_notices(scaling: LabSite) -> None:
    before = scaling.spec.read_text()
    with traffic(scaling) as running:
        scaled(scaling, "app=3")
        seen = scaling.await_verdict()
        assert seen["tiers"]["app"]["alive"] == 3
        ((release, names),) = seen["releases"].items()
        assert len(names) == 3
        assert f'release="{release}"' in on(scaling, "s4", "cat /var/lib/colonnade-metrics/release-web.prom")
        scaled(scaling, "app=2")
    assert running.seen.failures == []
    assert scaling.spec.read_text() == before
    assert scaling.run("plan", "-e", "lab", "--exit-code").returncode == 0


def test_five_databases_and_three_again(scaling: LabSite) -> None:
    with traffic(scaling):
        scaled(scaling, "db=5")
        seen = scaling.await_verdict()
        assert (seen["tiers"]["database"]["alive"], seen["tiers"]["etcd"]["total"]) == (5, 3)
        scaled(scaling, "db=3")
    primary = scaling.await_verdict()["primary"]["patroni"]
    # One slot for each of the other two.
    assert on(scaling, primary, SLOTS) == "2"


def test_a_vote_moves_with_its_server_and_there_are_never_more_than_four(scaling: LabSite) -> None:
    """s3 leaves and another database takes its place in etcd and among the Sentinels."""
    scaled(scaling, "db", "--add", "s4", "--remove", "s3")
    members = on(scaling, "s1", MEMBERS)
    assert sorted(line.split(", ")[2] for line in members.splitlines()) == ["s1", "s2", "s4"]
    assert all(line.endswith("false") for line in members.splitlines())
    scaling.await_verdict()
    scaled(scaling, "db", "--add", "s3", "--remove", "s4")


def test_a_third_balancer(scaling: LabSite) -> None:
    with traffic(scaling):
        scaled(scaling, "lb=3")
        assert scaling.await_verdict()["tiers"]["balancer"]["alive"] == 3
        scaled(scaling, "lb=2")
    scaling.await_verdict()


def test_a_drained_server_stays_out_and_comes_back(scaling: LabSite) -> None:
    scaling.run("drain", "s2", "-e", "lab")
    try:
        assert scaling.status()["drained"] == ["s2"]
        assert scaling.run("drain", "s1", "-e", "lab", check=False).returncode == 1
        on(scaling, "s1", "systemctl reload haproxy.service colonnade-endpoints.service")
        assert scaling.status()["drained"] == ["s2"]
    finally:
        scaling.run("undrain", "s2", "-e", "lab")
    scaling.await_verdict()


def test_a_drained_database_hands_over_and_is_not_promoted_until_it_is_brought_back(scaling: LabSite) -> None:
    """s3, which is a database and nothing else. At the end it is the only one left, and not the primary."""
    primary = scaling.await_verdict()["primary"]["patroni"]
    if primary != "s3":
        on(scaling, primary, f"{PATRONICTL} switchover scaling-test --force --leader {primary} --candidate s3")
    until(lambda: scaling.await_verdict()["primary"]["patroni"] == "s3", "s3 did not become the primary")
    scaling.run("drain", "s3", "-e", "lab")
    try:
        seen = scaling.status()
        primary = seen["primary"]["patroni"]
        other = {"s1": "s2", "s2": "s1"}[primary]
        assert (seen["drained"], seen["tiers"]["database"]["alive"]) == (["s3"], 3)
        assert scaling.run("plan", "-e", "lab", "--exit-code").returncode == 0
        on(scaling, "s3", "systemctl restart patroni.service")
        until(lambda: "quorum" in role(scaling, primary, other), "the other one does not acknowledge commits")
        until(lambda: on(scaling, "s3", RECOVERING) == "t", "s3 did not start again", 60)
        on(scaling, other, "systemctl stop patroni.service")
        # It acknowledges commits where nobody else does.
        until(lambda: "quorum" in role(scaling, primary, "s3"), "s3 does not stand in", 60)
        on(scaling, primary, "systemctl stop patroni.service")
        # Longer than the primary's lease.
        time.sleep(30)
        assert on(scaling, "s3", RECOVERING) == "t"
        scaling.run("undrain", "s3", "-e", "lab")
        until(lambda: on(scaling, "s3", RECOVERING) == "f", "s3 was not promoted", 60)
    finally:
        scaling.run("undrain", "s3", "-e", "lab")
        for server in ("s1", "s2"):
            on(scaling, server, "systemctl start patroni.service")
    assert scaling.await_verdict()["drained"] == []


def role(site: LabSite, asked: str, member: str) -> str:
    """By the word of the server that is asked: leader, replica, quorum_standby."""
    listed = json.loads(on(site, asked, f"{PATRONICTL} list -f json") or "[]")
    return next((str(row["Role"]).lower().replace(" ", "_") for row in listed if row["Member"] == member), "")


def test_maintenance(scaling: LabSite) -> None:
    """Asked from s3, which is no trusted network as this computer is."""
    address = json.loads(scaling.run("status", "-e", "lab", "-o", "json").stdout)["addresses"][0].rstrip("/")
    ask = f"curl -sk -o /dev/null -w '%{{http_code}}' {address}"
    scaling.run("maintenance", "on", "-e", "lab")
    try:
        assert on(scaling, "s3", f"{ask}/") == "503"
        assert on(scaling, "s3", f"{ask}/healthz") == "200"
        on(scaling, "s1", "systemctl reload haproxy.service")
        assert on(scaling, "s3", f"{ask}/") == "503"
        assert scaling.status()["maintenance"] == ["web"]
    finally:
        scaling.run("maintenance", "off", "-e", "lab")
    assert on(scaling, "s3", f"{ask}/") == "200"
