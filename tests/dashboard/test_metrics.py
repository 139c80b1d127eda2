"""The site as Prometheus tells it: the same words as over SSH, and unknown for just what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from colonnade.dashboard.happened import happened
from colonnade.dashboard.make import snapshot
from colonnade.dashboard.metrics import NOW, Answers, loads, owner, readings, ways
from colonnade.dashboard.prometheus import Sample
from colonnade.dashboard.snapshot import Load, Look
from colonnade.model.observation import Status
from colonnade.model.site import Role
from tests.dashboard.stories import NOON, shape
from tests.sites import designed, example

SITE = example("guestbook")
UNITS = designed("guestbook").layout.watched


def one(value: float, **labels: str) -> Sample:
    return Sample({key.strip("_") if key == "name_" else key: told for key, told in labels.items()}, ((NOON, value),))


def answers(**other: Any) -> dict[str, Any]:
    """Of a site that is well; db1 leads, lb1 holds the first address, lb2 the second."""
    told: dict[str, Any] = dict.fromkeys(NOW, ())
    names = [server.name for server in SITE.servers]
    told["up"] = [one(1, server=name, component="exporters", job="exporters/node") for name in names]
    told["units"] = [one(1, server=name, name=unit, state="active") for name in names for unit in UNITS[name]]
    told["patroni"] = [*patroni("db1", True), *patroni("db2", False), *patroni("db3", False)]
    told["valkey"] = [
        one(1, server=each.name, __name__="redis_instance_info", role="master" if n == 0 else "slave")
        for n, each in enumerate(SITE.having(Role.CACHE))
    ]
    told["addresses"] = [one(1, server=vip.owner, address=vip.address) for vip in SITE.vips]
    return {**told, **other}


def patroni(name: str, leads: bool) -> Iterable[Sample]:
    yield one(float(leads), server=name, __name__="patroni_primary")
    yield one(5000.0 if leads else 0.0, server=name, __name__="patroni_xlog_location")
    yield one(0.0 if leads else 4990.0, server=name, __name__="patroni_xlog_replayed_location")
    yield one(float(not leads), server=name, __name__="patroni_postgres_streaming")


def seen(told: Answers) -> Any:
    return snapshot(shape(), Look(NOON, readings(shape(), UNITS, told, "nobody can be asked")))


def test_a_site_that_is_well_serves() -> None:
    now = seen(answers())
    assert (now.status.verdict, now.status.reasons) == ("serving", ())
    rows = {row.name: row for row in now.rows}
    assert rows["db1"].marks == ("database primary", "cache primary")
    assert rows["lb2"].marks == ("holds 203.0.113.11",)
    assert rows["db2"].lag == 10


def test_a_server_that_no_monitor_hears_is_unknown() -> None:
    told = answers()
    told["up"] = [one(float(each.labels["server"] != "web1"), **each.labels) for each in told["up"]]
    told["units"] = [each for each in told["units"] if each.labels["server"] != "web1"]
    now = seen(told)
    assert now.status.verdict == "degraded"
    row = next(row for row in now.rows if row.name == "web1")
    assert (row.state, row.remarks) == (Status.UNKNOWN, "no monitor hears it")


def test_a_unit_that_does_not_run_is_down_and_its_tier_knows() -> None:
    told = answers()
    told["units"] = [
        one(0.0 if (each.labels["server"], each.labels["name"]) == ("web1", "nginx.service") else 1.0, **each.labels)
        for each in told["units"]
    ]
    assert "web1: nginx.service: is not running" in seen(told).status.reasons
    assert "web: 1 of 2 well, can lose 0 more" in seen(told).status.reasons


def test_a_daemon_that_runs_and_does_not_answer_is_down() -> None:
    told = answers()
    told["up"] = [*told["up"], one(0, server="db3", component="patroni", job="patroni/rest")]
    assert "db3: patroni.service: does not answer" in seen(told).status.reasons


def test_without_prometheus_nothing_is_known() -> None:
    for told in ({}, dict.fromkeys(NOW)):
        now = seen(told)
        assert now.status.verdict == "unknown"
        assert {row.remarks for row in now.rows} == {"nobody can be asked"}


@pytest.mark.parametrize(
    "missing", ["patroni", "valkey", "addresses", "units", "cpu", "states", "releases", "certificates"]
)
def test_one_answer_that_is_missing_breaks_nothing_else(missing: str) -> None:
    told = answers(**{missing: None})
    now = seen(told)
    assert len(now.rows) == len(SITE.servers)
    assert (loads(told), list(ways(told))) == ({}, [])
    if missing == "units":
        assert all(row.state is Status.UNKNOWN for row in now.rows)


def test_loads_of_those_that_tell() -> None:
    told = answers(cpu=[one(7.5, server="db1")], disk=[one(40, server="db1"), one(50, server="db2")])
    assert loads(told) == {"db1": Load(7.5, 40.0), "db2": Load(None, 50.0)}


def test_ways_as_haproxies_count_them() -> None:
    def state(server: str, proxy: str, there: str, state: str) -> Sample:
        return one(1, server=server, proxy=proxy, exported_server=there, state=state)

    told = answers(
        states=[
            state("lb1", "web", "web1", "UP"),
            state("lb1", "web", "web2", "DRAIN"),
            state("web1", "app-web", "app1-1", "UP"),
            state("web1", "app-web", "app1-2", "DOWN"),
            state("app1", "primary", "db1", "UP"),
            state("app1", "primary", "db2", "DOWN"),
        ],
        rates=[one(12.5, server="lb1", proxy="web", exported_server="web1")],
    )
    assert [(w.source, w.target, str(w.state), w.rate, w.text) for w in ways(told)] == [
        ("lb:lb1", "web:web1", "ok", 12.5, ""),
        ("lb:lb1", "web:web2", "degraded", None, "drained"),
        ("app:app1", "db:db1", "ok", None, "primary"),
        ("web:web1", "app:app1", "degraded", None, "1 of 2 workers up"),
    ]


def test_every_unit_of_every_server_has_its_component() -> None:
    probed = {name for server in designed("guestbook").servers.values() for name, _ in server.components}
    assert {owner(unit) for units in UNITS.values() for unit in units} <= probed


def test_what_happened_is_told_once_though_two_monitors_tell_it() -> None:
    def ends(server: str) -> Sample:
        labels = {"verb": "deploy", "app": "web", "server": server}
        return Sample(labels, ((NOON - 200, NOON - 900), (NOON - 140, NOON - 900), (NOON - 80, NOON - 100)))

    failed = [one(0, verb="deploy", app="web", server="mon1")]
    leads = Sample({"server": "db2"}, ((NOON - 300, 0.0), (NOON - 240, 1.0), (NOON - 180, 1.0)))
    told = happened({"verbs": [ends("mon1"), ends("mon2")], "successes": failed, "primaries": [leads]}, NOON)
    assert [(event.kind, event.text, NOON - event.at) for event in told] == [
        ("deploy", "deploy web failed", 100),
        ("failover", "db2 is primary of the database", 240),
        ("deploy", "deploy web", 900),
    ]
    assert happened({}, NOON) == ()
