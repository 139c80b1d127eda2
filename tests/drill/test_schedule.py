"""Which servers break, and when: by the seed, the site and its readings, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.design import lay_out
from colonnade.drill.applying import applies, keeps_quorum
from colonnade.drill.budget import named
from colonnade.drill.catalogue import CATALOGUE, Drill
from colonnade.drill.fault.offered import offered, power_cuts
from colonnade.drill.fault.operator import apply_killed
from colonnade.drill.schedule import BEFORE, Planned, schedule
from colonnade.errors import UserError
from colonnade.model.fault import Fault
from colonnade.model.observation import Status
from colonnade.model.site import Role, Site
from tests.readings import all_well, spoiled
from tests.sites import VAULT, example, measured

DRILLS = {drill.name: drill for drill in CATALOGUE}
GUESTBOOK, TRIO = example("guestbook"), example("trio")
SITES = [GUESTBOOK, TRIO]


def _faults(site: Site) -> tuple[Fault, ...]:
    return (*offered(lay_out(site, VAULT, measured(site))), *power_cuts(site.servers), *apply_killed(site))


FAULTS = {site.name: _faults(site) for site in SITES}


def faults(site: Site) -> tuple[Fault, ...]:
    return FAULTS[site.name]


def planned(name: str, site: Site = GUESTBOOK, seed: int = 1) -> tuple[Planned, ...]:
    return schedule(DRILLS[name], site, faults(site), all_well(site), seed)


def servers(found: tuple[Planned, ...]) -> list[str]:
    return [each.fault.server for each in found]


def test_every_name_is_there_once_and_every_budget_is_known() -> None:
    assert len(DRILLS) == len(CATALOGUE)
    assert {named(drill.budget).name for drill in CATALOGUE}


@pytest.mark.parametrize("drill", CATALOGUE, ids=lambda drill: drill.name)
@pytest.mark.parametrize("site", [GUESTBOOK, TRIO], ids=lambda site: site.name)
def test_every_drill_applies_to_the_examples_but_for_two_of_three_servers(drill: Drill, site: Site) -> None:
    assert applies(drill, faults(site), site) is ((drill.name, site) != ("two-at-once", TRIO))
    if not applies(drill, faults(site), site):
        with pytest.raises(UserError, match="does not apply to trio"):
            schedule(drill, site, faults(site), all_well(site), 7)
        return
    found = schedule(drill, site, faults(site), all_well(site), 7)
    assert found
    assert all(each.at >= BEFORE and each.hold > 0 for each in found)


@settings(deadline=None)
@given(st.integers(0, 1000), st.sampled_from(CATALOGUE))
def test_the_same_seed_chooses_the_same(seed: int, drill: Drill) -> None:
    assert planned(drill.name, seed=seed) == planned(drill.name, seed=seed)


def test_the_seed_chooses_among_servers_that_are_alike() -> None:
    assert {servers(planned("app-lost", seed=seed))[0] for seed in range(30)} == {"app1", "app2"}


def test_the_primary_is_where_the_readings_say() -> None:
    readings = all_well(GUESTBOOK)
    readings = spoiled(readings, "db1", "patroni", Status.OK, role="replica")
    readings = spoiled(readings, "db3", "patroni", Status.OK, role="primary")
    found = schedule(DRILLS["primary-lost"], GUESTBOOK, faults(GUESTBOOK), readings, 1)
    assert servers(found) == ["db3"]


def test_a_standby_is_never_the_primary() -> None:
    assert {servers(planned("replica-lost", seed=seed))[0] for seed in range(30)} == {"db2", "db3"}


def test_a_majority_is_one_more_than_half() -> None:
    found = servers(planned("etcd-majority-lost"))
    assert len(found) == 2 and set(found) < {server.name for server in GUESTBOOK.having(Role.ETCD)}
    assert len({each.at for each in planned("etcd-majority-lost")}) == 1


def test_two_at_once_are_two_servers() -> None:
    found = planned("two-at-once", GUESTBOOK, 3)
    assert len(set(servers(found))) == 2
    assert found[0].at == found[1].at


def test_servers_that_are_lost_at_once_leave_a_majority() -> None:
    assert keeps_quorum(TRIO, ["a"]) and not keeps_quorum(TRIO, ["a", "c"])
    assert keeps_quorum(GUESTBOOK, ["app1", "app2", "db1"]) and not keeps_quorum(GUESTBOOK, ["db1", "db2"])


def test_rolling_takes_one_of_each_tier_one_after_another() -> None:
    found = planned("rolling")
    roles = [
        next(iter(GUESTBOOK.by_name[name].roles & {Role.LB, Role.WEB, Role.APP, Role.DB}))
        for name in servers(found)[:4]
    ]
    assert roles == [Role.LB, Role.WEB, Role.APP, Role.DB]
    starts = [each.at for each in found]
    assert all(later - earlier > each.hold for each, earlier, later in zip(found, starts, starts[1:], strict=False))


def test_where_every_server_has_every_task_rolling_takes_one() -> None:
    assert len(planned("rolling", TRIO)) == 1


def test_a_drill_that_has_nothing_to_break_is_refused() -> None:
    without = tuple(fault for fault in faults(GUESTBOOK) if fault.component != "valkey")
    with pytest.raises(UserError, match="cache-primary-killed: does not apply to guestbook"):
        schedule(DRILLS["cache-primary-killed"], GUESTBOOK, without, all_well(GUESTBOOK), 1)
