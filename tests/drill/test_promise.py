"""What a drill may cost: by what its servers were for the site on the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.components.patroni.options import PatroniOptions
from colonnade.drill.budget import UNNOTICED, MayFail
from colonnade.drill.catalogue import CATALOGUE, Drill
from colonnade.drill.fault.offered import power_cuts
from colonnade.drill.promise import promised
from colonnade.drill.schedule import Planned
from colonnade.model.fault import Fault
from colonnade.model.site import Site
from tests.readings import all_well
from tests.sites import example

DRILLS: dict[str, Drill] = {drill.name: drill for drill in CATALOGUE}
GUESTBOOK, TRIO = example("guestbook"), example("trio")


def lost(site: Site, *servers: str) -> list[Planned]:
    return [Planned(5.0, fault, 6.0) for fault in power_cuts(site.servers) if fault.server in servers]


def limits(name: str, site: Site, *servers: str) -> tuple[float, float, MayFail]:
    found = promised(DRILLS[name], site, lost(site, *servers), all_well(site))
    return found.gap, found.write_gap, found.may_fail


@pytest.mark.parametrize(
    ("name", "server", "expected"),
    [
        ("balancer-lost", "lb1", (0.5, 0.5, MayFail.ANY)),
        ("web-lost", "web1", (1, 1, MayFail.POSTS)),
        ("cache-primary-lost", "db2", (5, 5, MayFail.NOTHING)),
        # The first database server has both primaries.
        ("cache-primary-lost", "db1", (26, 26, MayFail.ANY)),
        ("replica-lost", "db3", (1, 1, MayFail.POSTS)),
    ],
)
def test_a_server_with_one_part_has_the_limits_of_that(
    name: str, server: str, expected: tuple[float, float, MayFail]
) -> None:
    assert limits(name, GUESTBOOK, server) == expected


def test_a_server_with_every_part_has_the_loosest() -> None:
    assert limits("balancer-lost", TRIO, "a") == (26, 26, MayFail.ANY)
    # It holds the second address and no primary.
    assert limits("replica-lost", TRIO, "b") == (1, 1, MayFail.ANY)
    assert limits("replica-lost", TRIO, "c") == (1, 1, MayFail.POSTS)


@pytest.mark.parametrize(("way", "window"), [("in", 5), ("peers", 5), ("databases", 5), ("out", UNNOTICED)])
def test_a_balancer_that_hears_nobody_is_given_the_time_to_notice(way: str, window: float) -> None:
    def cut(site: Site, server: str) -> tuple[float, float]:
        planned = Planned(5.0, Fault("base", f"cut-{way}", server, "no packet", "", ""), 6.0)
        found = promised(DRILLS[f"primary-cut-{way}"], site, [planned], all_well(site))
        return found.gap, found.window

    assert cut(TRIO, "a") == (26, window)
    # It stands by, and claims what it does not hear of.
    assert cut(TRIO, "c") == (26, window)
    # On a server of its own only the primary is cut off.
    assert cut(GUESTBOOK, "db1") == (26, UNNOTICED)


def test_what_breaks_alone_takes_nothing_with_it() -> None:
    killed = Planned(5.0, Fault("haproxy", "kill", "a", "SIGKILL", "", ""), 6.0)
    found = promised(DRILLS["haproxy-killed"], TRIO, [killed], all_well(TRIO))
    assert (found.gap, found.name, found.window) == (0.5, "balancer-killed", 0.5)


def test_a_rolling_loss_is_held_to_what_it_loses() -> None:
    assert limits("rolling", GUESTBOOK, "lb1", "web1", "app1", "db3") == (1, 1, MayFail.ANY)
    assert limits("rolling", GUESTBOOK, "lb1", "web1", "app1", "db1")[1] == 26
    assert promised(DRILLS["rolling"], GUESTBOOK, lost(GUESTBOOK, "web1"), all_well(GUESTBOOK)).window == UNNOTICED


def test_with_fast_failover_a_lost_primary_is_replaced_sooner() -> None:
    fast = replace(TRIO, options=(PatroniOptions(fast_failover=True),))
    assert limits("primary-lost", fast, "a")[1] == 8
    assert limits("primary-lost", TRIO, "a")[1] == 26
