"""What a monitor knows of the site is as good as the spec."""

from __future__ import annotations

import json
from itertools import combinations

import pytest

from colonnade.components import discover
from colonnade.model.outline import as_json, from_json
from colonnade.model.site import Role
from colonnade.observe.status import judge, well
from tests.dashboard.stories import shape
from tests.readings import all_well, lost
from tests.sites import NAMES, example

each_example = pytest.mark.parametrize("name", NAMES)


@each_example
def test_it_comes_back_from_json_as_it_was(name: str) -> None:
    assert from_json(json.loads(json.dumps(as_json(shape(name))))) == shape(name)


@each_example
def test_its_tiers_stand_as_the_components_say_whichever_two_servers_are_lost(name: str) -> None:
    """A component whose tier depends on more than how many are well needs more than a number here."""
    site, whole = example(name), all_well(example(name))
    names = [server.name for server in site.servers]
    for gone in [*combinations(names, 1), *combinations(names, 2)]:
        readings = lost(whole, *gone)
        by = {c: [n for n, seen in readings.items() if well(seen, c)] for c in discover()}
        told = {tier.name: tier for tier in shape(name).standing(by)}
        assert told == {tier.name: tier for tier in judge(site, readings, ()).tiers}, gone


def test_tiers_come_in_the_order_in_which_a_request_meets_them() -> None:
    order = [needs.component for needs in shape().tiers]
    assert order == ["haproxy", "nginx", "app", "patroni", "etcd", "valkey"]
    assert [place.name for place in shape().having(Role.LB)] == ["lb1", "lb2"]
