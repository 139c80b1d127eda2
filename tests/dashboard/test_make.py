"""From looks to a snapshot: the verdict of `status`, and unseen is never well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.dashboard.make import snapshot
from colonnade.dashboard.snapshot import Load, Way
from colonnade.dashboard.words import volume
from colonnade.model.observation import Reading, Status
from colonnade.observe.status import judge
from tests.dashboard import stories
from tests.readings import spoiled
from tests.sites import NAMES, example


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_is_the_one_of_status(name: str) -> None:
    site = example(name)
    for server in site.servers:
        look = stories.without(stories.calm(name), server.name)
        now, judged = stories.seen(look, name).status, judge(site, look.readings, look.outside)
        assert (now.verdict, set(now.reasons)) == (judged.verdict, set(judged.reasons))


def test_a_lost_server_is_unknown_and_says_why_once() -> None:
    rows = {row.name: row for row in stories.seen(stories.without(stories.calm(), "web1")).rows}
    assert (rows["web1"].state, rows["web1"].remarks) == (Status.UNKNOWN, "no longer heard")
    assert rows["web2"].state is Status.OK


def test_a_server_that_no_source_names_is_unknown() -> None:
    look = stories.calm()
    readings = {name: seen for name, seen in look.readings.items() if name != "db3"}
    row = next(row for row in stories.seen(replace(look, readings=readings)).rows if row.name == "db3")
    assert (row.state, row.remarks) == (Status.UNKNOWN, "not seen")


def test_what_cannot_be_understood_is_unknown_for_just_that() -> None:
    readings = spoiled(dict(stories.calm().readings), "lb2", "haproxy", Status.UNKNOWN, "unreadable answer: '#'")
    row = next(row for row in stories.seen(replace(stories.calm(), readings=readings)).rows if row.name == "lb2")
    assert row.state is Status.DEGRADED
    assert "unreadable answer" in row.remarks


def test_leaders_holders_and_lag_stand_with_their_servers() -> None:
    rows = {row.name: row for row in stories.seen(stories.calm()).rows}
    assert rows["lb1"].marks == ("holds 203.0.113.10",)
    assert rows["db1"].marks == ("database primary", "cache primary")
    assert (rows["db1"].lag, rows["db2"].lag) == (None, 10)
    assert rows["app1"].release == "r1"


def test_replication_leads_from_each_primary_to_each_replica() -> None:
    found = [(w.source, w.target, w.text) for w in stories.seen(stories.calm()).ways if w.replication]
    assert found[:2] == [("db:db1", "db:db2", "10 B behind"), ("db:db1", "db:db3", "10 B behind")]
    assert [target for _, target, _ in found[2:]] == ["cache:db2", "cache:db3"]


def test_an_address_leads_to_its_holder_and_is_as_well_as_a_visitor_finds_it() -> None:
    slow = Reading("outside", "203.0.113.10", Status.DOWN, "no answer in 5 s")
    now = stories.seen(replace(stories.calm(), outside=(slow,)))
    assert now.ways[0] == Way("vip:203.0.113.10", "lb:lb1", Status.DOWN, text="no answer in 5 s")
    assert now.ways[1].state is Status.UNKNOWN


def test_the_disk_comes_from_its_probe_where_nobody_else_tells() -> None:
    readings = spoiled(dict(stories.calm().readings), "app1", "base", Status.OK, "disk 41 % full", disk="41")
    look = replace(stories.calm(), readings=readings, loads={})
    row = next(row for row in snapshot(stories.shape(), look).rows if row.name == "app1")
    assert row.load == Load(None, 41.0)


def test_alerts_come_worst_first_then_oldest() -> None:
    told = stories.seen(stories.storm(9)).alerts or ()
    assert [alert.severity for alert in told] == ["critical"] * 3 + ["warning"] * 3 + ["info"] * 3
    assert told[0].since < told[1].since
    assert stories.seen(stories.blind()).alerts is None


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (56e6, "56 MB"), (4e12, "4000 GB")]
)
def test_volumes(count: float, told: str) -> None:
    assert volume(count) == told
