"""The verdict, and the reasons for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.model.observation import Aside, Reading, Status
from colonnade.model.site import Site
from colonnade.observe.releases import releases
from colonnade.observe.status import SiteStatus, certificate_days, holders, judge, lag, primaries
from tests.readings import Readings, all_well, lost, spoiled
from tests.sites import NAMES, example, without

OK, DEGRADED, DOWN, UNKNOWN = Status.OK, Status.DEGRADED, Status.DOWN, Status.UNKNOWN
each_example = pytest.mark.parametrize("name", NAMES)


@each_example
def test_where_all_is_well_the_site_serves(name: str) -> None:
    seen = judge(example(name), all_well(example(name)), from_outside(example(name)))
    assert (seen.verdict, seen.reasons) == ("serving", ())
    assert all(tier.serving and tier.alive == tier.total for tier in seen.tiers)


@each_example
def test_any_one_lost_server_degrades_and_is_named(name: str) -> None:
    """But for the primary's, whose loss leaves no primary until another is promoted."""
    site = example(name)
    for server in site.servers:
        seen = judge(site, lost(all_well(site), server.name, why="no route to host"), from_outside(site))
        primary = primaries(all_well(site), "patroni") == (server.name,)
        assert seen.verdict == ("down" if primary else "degraded"), server.name
        assert f"{server.name}: no route to host" in seen.reasons


DEGRADING: dict[str, tuple[tuple[str, str, Status, str, dict[str, str]], tuple[str, ...]]] = {
    "a web server": (
        ("web1", "nginx", DOWN, "nginx does not answer", {}),
        ("web: 1 of 2 well, can lose 0 more", "web1: nginx.service: nginx does not answer"),
    ),
    "a replica behind": (
        ("db2", "patroni", DEGRADED, "replica, none", {"role": "replica"}),
        ("db2: patroni.service: replica, none",),
    ),
    "a full disk": (("app1", "base", DOWN, "disk 97 % full", {}), ("app1: disk: disk 97 % full",)),
    "an old certificate": (
        ("app2", "tls", DEGRADED, "certificates end in 9 days", {"certificate_days": "9"}),
        ("app2: certificates: certificates end in 9 days",),
    ),
    "an address held by nobody": (
        ("lb2", "keepalived", OK, "stands by", {"addresses": ""}),
        ("203.0.113.11 is held by nobody that answers",),
    ),
    "an address held twice": (
        ("lb2", "keepalived", OK, "holds both", {"addresses": "203.0.113.10 203.0.113.11"}),
        ("203.0.113.10 is held by lb1 and lb2",),
    ),
    "two primaries": (
        ("db3", "patroni", OK, "primary", {"role": "primary"}),
        ("patroni: more than one primary: db1, db3",),
    ),
    "no primary of the cache": (
        ("db1", "valkey", OK, "replica", {"role": "replica"}),
        ("cache: no primary",),
    ),
    "a reading that could not be understood": (
        ("web2", "nginx", UNKNOWN, "unreadable answer: 'x'", {}),
        ("web: 1 of 2 well, can lose 0 more", "web2: nginx.service: unreadable answer: 'x'"),
    ),
}


@pytest.mark.parametrize(("spoil", "reasons"), DEGRADING.values(), ids=DEGRADING.keys())
def test_each_of_these_degrades(spoil: tuple[str, str, Status, str, dict[str, str]], reasons: tuple[str, ...]) -> None:
    server, component, status, text, facts = spoil
    site = example("guestbook")
    seen = judge(site, spoiled(all_well(site), server, component, status, text, **facts), from_outside(site))
    assert (seen.verdict, seen.reasons) == ("degraded", reasons)


def test_an_address_that_does_not_answer_degrades_and_all_of_them_are_the_end() -> None:
    site = example("guestbook")
    first, second = from_outside(site)
    silent = replace(first, status=DOWN, text="no answer in 5 s")
    one = judge(site, all_well(site), (silent, second))
    assert (one.verdict, one.reasons) == ("degraded", ("203.0.113.10 from outside: no answer in 5 s",))
    both = judge(site, all_well(site), (silent, replace(second, status=DOWN, text="refused")))
    assert both.verdict == "down"
    assert both.reasons[0] == "no virtual address serves: no answer in 5 s"


@pytest.mark.parametrize(
    ("component", "servers", "reason"),
    [
        ("haproxy", ("lb1", "lb2"), "balancer: 0 of 2 well, too few to serve"),
        ("nginx", ("web1", "web2"), "web: 0 of 2 well, too few to serve"),
        ("app", ("app1", "app2"), "app: 0 of 2 well, too few to serve"),
        ("etcd", ("db1", "db3"), "etcd: 1 of 3 well, too few to serve"),
        ("patroni", ("db1",), "database: no primary"),
        ("patroni", ("db2", "db3"), "database: 1 of 3 well, too few to serve"),
    ],
)
def test_without_an_essential_tier_the_site_is_down(component: str, servers: tuple[str, ...], reason: str) -> None:
    seen = judged("guestbook", component, servers)
    assert seen.verdict == "down"
    assert seen.reasons[0] == reason


def test_without_its_cache_the_site_is_degraded() -> None:
    seen = judged("guestbook", "valkey", ("db1", "db2", "db3"))
    assert seen.verdict == "degraded"
    assert seen.reasons[:2] == ("cache: 0 of 3 well, too few to serve", "cache: no primary")


def test_where_nobody_answers_nothing_is_known() -> None:
    site = example("guestbook")
    seen = judge(site, lost(all_well(site), *(server.name for server in site.servers)), from_outside(site))
    assert (seen.verdict, seen.reasons) == ("unknown", ("no server answered",))


def test_half_a_worker_is_not_a_worker() -> None:
    """A server counts while all of its workers are well."""
    site = example("guestbook")
    readings = all_well(site)
    first = next(r for r in readings["app1"] if r.component == "app")
    sick = tuple(replace(r, status=DOWN) if r is first else r for r in readings["app1"])
    seen = judge(site, {**readings, "app1": sick}, from_outside(site))
    assert [(t.alive, t.total) for t in seen.tiers if t.name == "app"] == [(1, 2)]


def test_the_worst_reason_comes_first() -> None:
    site = example("guestbook")
    readings = spoiled(all_well(site), "lb1", "base", DEGRADED, "disk 90 % full")
    readings = spoiled(spoiled(readings, "web1", "nginx", DOWN), "web2", "nginx", DOWN)
    seen = judge(site, readings, from_outside(site))
    assert seen.reasons[0] == "web: 0 of 2 well, too few to serve"
    assert "lb1: disk: disk 90 % full" in seen.reasons


def test_lag_is_the_distance_to_the_primary() -> None:
    readings = all_well(example("guestbook"))
    assert lag(readings) == {"db2": 10, "db3": 10}
    ahead = spoiled(readings, "db2", "patroni", OK, role="replica", wal="5007")
    assert lag(ahead)["db2"] == 0
    assert "db3" not in lag(spoiled(readings, "db3", "patroni", OK, role="replica", wal="?"))
    assert lag(spoiled(readings, "db1", "patroni", DOWN)) == {}


def test_facts_of_a_site() -> None:
    readings = all_well(example("guestbook"))
    assert (primaries(readings, "patroni"), primaries(readings, "valkey")) == (("db1",), ("db1",))
    assert holders(readings, "203.0.113.10") == ("lb1",)
    assert releases(readings) == {"r1": ("app1", "app2")}
    assert certificate_days(readings) == 80
    assert certificate_days({}) is None


def test_a_deploy_that_missed_a_server_is_a_reason() -> None:
    site = example("guestbook")
    readings = spoiled(all_well(site), "app1", "app", OK, app="web", release="r1")
    assert judge(site, readings, from_outside(site)).verdict == "serving"
    seen = judge(site, spoiled(readings, "app2", "app", OK, app="web", release="r2"), from_outside(site))
    told = "web: two releases at once, r1 on app1, r2 on app2: colonnade deploy"
    assert (seen.verdict, seen.reasons) == ("degraded", (told,))
    other = spoiled(readings, "app2", "app", OK, app="shop", release="r2")
    assert judge(site, other, from_outside(site)).verdict == "serving"


def judged(name: str, component: str, servers: tuple[str, ...]) -> SiteStatus:
    """With the component down on these servers."""
    site = example(name)
    readings: Readings = all_well(site)
    for server in servers:
        readings = spoiled(readings, server, component, DOWN)
    return judge(site, readings, from_outside(site))


def from_outside(site: Site) -> tuple[Reading, ...]:
    return tuple(Reading("outside", vip.address, OK, "200 in 12 ms", {"status": "200"}) for vip in site.vips)


def test_a_drained_server_is_told_and_counted_out() -> None:
    site = example("guestbook")
    aside = Aside(frozenset({("app", "app2"), ("patroni", "db3")}))
    seen = judge(site, all_well(site), from_outside(site), aside)
    assert seen.verdict == "degraded"
    assert "app2 is drained: colonnade undrain app2" in seen.reasons
    tiers = {tier.name: tier for tier in seen.tiers}
    assert (tiers["app"].alive, tiers["app"].can_lose) == (1, 0)
    # A drained database still acknowledges commits: with it, the site outlives any one of the others.
    assert (tiers["database"].alive, tiers["database"].can_lose) == (3, 1)


def test_a_site_does_not_outlive_its_last_database_that_may_become_the_primary() -> None:
    site = without(example("guestbook"), "db3")
    assert database(judge(site, all_well(site), from_outside(site))) == (True, 1)
    seen = judge(site, all_well(site), from_outside(site), Aside(frozenset({("patroni", "db2")})))
    assert database(seen) == (True, 0)


def database(seen: SiteStatus) -> tuple[bool, int]:
    return next((tier.serving, tier.can_lose) for tier in seen.tiers if tier.name == "database")


def test_maintenance_is_told_and_its_answers_are_not_taken_for_a_failure() -> None:
    site = example("guestbook")
    refused = tuple(replace(r, status=DOWN, facts={"status": "503"}) for r in from_outside(site))
    assert judge(site, all_well(site), refused).verdict == "down"
    seen = judge(site, all_well(site), refused, Aside(maintenance=("web",)))
    assert seen.verdict == "degraded"
    assert seen.reasons == ("maintenance is on for web: visitors get a page that says so",)
