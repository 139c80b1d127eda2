"""What must not be stopped now, and what lifts the objection."""

from __future__ import annotations

import pytest

from colonnade.apply.safety import objection, worse
from colonnade.components import discover
from colonnade.model.component import Objection
from colonnade.model.observation import Reading, Status
from colonnade.model.plan import Change
from colonnade.model.site import Site
from tests.readings import Readings, all_well, lost, spoiled
from tests.sites import NAMES, example, without

DOWN, UNKNOWN, DEGRADED = Status.DOWN, Status.UNKNOWN, Status.DEGRADED
# Components that may stop anywhere at any time: what uses them tries again.
FREE = ("base", "nftables", "tls", "endpoints", "pgbouncer", "keepalived")


@pytest.mark.parametrize("name", NAMES)
def test_where_all_are_well_only_primaries_object(name: str) -> None:
    site = example(name)
    objecting = {
        (server.name, component)
        for server in site.servers
        for component, each in discover().items()
        if each.on(server) and asked(site, all_well(site), server.name, component)
    }
    first = "db1" if name == "guestbook" else "s1" if name == "flask-notes" else "a"
    assert objecting == {(first, "patroni"), (first, "valkey")}


def test_the_primary_hands_over_first() -> None:
    site = example("guestbook")
    found = asked(site, all_well(site), "db1", "patroni")
    assert found == Objection(
        "db1 is the primary", "patronictl -c /etc/patroni/config.yml switchover guestbook --force --leader db1"
    )
    handed_over = spoiled(all_well(site), "db1", "patroni", Status.OK, role="replica", replication="streaming")
    handed_over = spoiled(handed_over, "db2", "patroni", Status.OK, role="primary")
    assert asked(site, handed_over, "db1", "patroni") is None


def test_the_caches_primary_hands_over_first() -> None:
    site = example("guestbook")
    found = asked(site, all_well(site), "db1", "valkey")
    assert found == Objection("db1 is the cache's primary", "/etc/colonnade/valkey/ask 26379 SENTINEL FAILOVER cache")


def test_a_cache_of_two_hands_over_too() -> None:
    site = without(example("guestbook"), "db3")
    found = asked(site, all_well(site), "db1", "valkey")
    assert found and found.remedy
    assert asked(site, all_well(site), "db2", "valkey") is None


def test_a_primary_without_replicas_has_nobody_to_hand_over_to() -> None:
    site = example("guestbook")
    alone = lost(all_well(site), "db2", "db3")
    assert asked(site, alone, "db1", "patroni") == Objection("db1 is the primary and no replica streams from it")


def test_a_primary_does_not_hand_over_to_what_is_never_promoted() -> None:
    site, readings = example("guestbook"), all_well(example("guestbook"))
    drained = {"role": "replica", "replication": "streaming", "promotion": "never"}
    one = spoiled(readings, "db2", "patroni", Status.OK, **drained)
    found = asked(site, one, "db1", "patroni")
    assert found and found.remedy
    both = spoiled(one, "db3", "patroni", Status.OK, **drained)
    found = asked(site, both, "db1", "patroni")
    assert found == Objection("db1 is the primary, and db2 and db3 may not become it: drained")
    # It still acknowledges writes.
    assert asked(site, both, "db2", "patroni") is None


def test_the_last_streaming_replica_stays() -> None:
    site = example("guestbook")
    behind = spoiled(all_well(site), "db3", "patroni", DEGRADED, role="replica", replication="none")
    found = asked(site, behind, "db2", "patroni")
    assert found == Objection("without db2 no replica would be left to acknowledge writes")
    assert asked(site, behind, "db3", "patroni") is None


@pytest.mark.parametrize("status", [DOWN, UNKNOWN])
def test_a_second_etcd_member_stays(status: Status) -> None:
    site = example("guestbook")
    one_gone = spoiled(all_well(site), "db3", "etcd", status)
    assert asked(site, one_gone, "db1", "etcd") == Objection("stopping etcd on db1 would end the quorum")
    assert asked(site, all_well(site), "db1", "etcd") is None


def test_a_second_sentinel_stays() -> None:
    site = example("guestbook")
    found = asked(site, lost(all_well(site), "db3"), "db2", "valkey")
    assert found == Objection("stopping the cache on db2 would leave no majority of Sentinels")


@pytest.mark.parametrize(
    ("component", "other", "server", "reason"),
    [
        ("nginx", "web2", "web1", "web1 is the last web server that is well"),
        ("haproxy", "lb1", "lb2", "lb2 is the last balancer server that is well"),
        ("app", "app1", "app2", "app2 is the last app server that is well"),
    ],
)
def test_the_last_of_a_tier_stays(component: str, other: str, server: str, reason: str) -> None:
    site = example("guestbook")
    assert asked(site, all_well(site), server, component) is None
    for gone in (lost(all_well(site), other), spoiled(all_well(site), other, component, DOWN)):
        assert asked(site, gone, server, component) == Objection(reason)


@pytest.mark.parametrize(
    ("component", "server"), [("etcd", "db2"), ("nginx", "web1"), ("haproxy", "lb1"), ("valkey", "db2")]
)
def test_who_may_be_well_counts_as_well_when_it_is_to_be_stopped(component: str, server: str) -> None:
    """One look that took too long is no reason to stop the last one."""
    site = example("guestbook")
    others = [s.name for s in site.servers if discover()[component].on(s) and s.name != server][-1:]
    unsure = spoiled(lost(all_well(site), *others), server, component, UNKNOWN)
    assert asked(site, unsure, server, component) is not None


@pytest.mark.parametrize(
    ("component", "servers"),
    [("etcd", ("db1", "db2", "db3")), ("valkey", ("db1", "db2", "db3")), ("nginx", ("web1", "web2"))],
)
def test_a_tier_that_does_not_serve_has_nothing_to_lose(component: str, servers: tuple[str, ...]) -> None:
    """Else what mends it could not be applied."""
    site, readings = example("guestbook"), all_well(example("guestbook"))
    for server in servers:
        readings = spoiled(readings, server, component, DOWN)
    assert [asked(site, readings, server, component) for server in servers] == [None] * len(servers)


@pytest.mark.parametrize("component", ["etcd", "valkey"])
def test_members_that_are_down_may_be_restarted_while_too_few_are_well(component: str) -> None:
    readings = all_well(example("guestbook"))
    for server in ("db2", "db3"):
        readings = spoiled(readings, server, component, DOWN)
    assert [asked(example("guestbook"), readings, server, component) for server in ("db2", "db3")] == [None, None]


@pytest.mark.parametrize("component", ["etcd", "valkey", "nginx", "haproxy", "app"])
def test_a_tier_of_one_is_interrupted_and_not_refused(component: str) -> None:
    """Waiting would not help: the plan has named the interruption and the user has agreed."""
    site = without(example("trio"), "b", "c")
    assert asked(site, all_well(site), "a", component) is None


@pytest.mark.parametrize("component", FREE)
def test_others_may_stop_at_any_time(component: str) -> None:
    site = example("trio")
    assert asked(site, lost(all_well(site), "b", "c"), "a", component) is None


def test_what_stops_nothing_is_not_asked_about() -> None:
    site = example("guestbook")
    reload = [Change("db1", "patroni", "reload", "patroni.service"), Change("db1", "gone", "stop", "x", stops=True)]
    assert objection(site, all_well(site), site.by_name["db1"], reload) is None


def test_worse_is_what_was_well_before_and_is_not_now() -> None:
    ok, bad, unseen = (Reading("nginx", "nginx.service", s) for s in (Status.OK, DOWN, UNKNOWN))
    assert worse([ok], [bad], ["nginx"]) == [bad]
    assert worse([ok], [unseen], ["nginx"]) == [unseen]
    assert worse([bad], [bad], ["nginx"]) == []
    assert worse([bad], [ok], ["nginx"]) == []
    assert worse([ok], [bad], ["haproxy"]) == []
    assert worse([ok], [Reading("nginx", "nginx.service", DEGRADED)], ["nginx"]) == []


def asked(site: Site, readings: Readings, server: str, component: str) -> Objection | None:
    stop = Change(server, component, "restart", f"{component}.service", stops=True)
    return objection(site, readings, site.by_name[server], [stop])
