"""What each tier can lose: more servers never serve less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.components import discover
from colonnade.model.component import Tier
from colonnade.model.site import Site
from tests.sites import NAMES, example, without

Survives = Callable[[Site, frozenset[str]], Tier | None]
TIERS = {name: c.survives for name, c in discover().items() if c.survives is not None}

each_example = pytest.mark.parametrize("name", NAMES)
each_tier = pytest.mark.parametrize("survives", TIERS.values(), ids=TIERS.keys())


@each_example
@each_tier
def test_everybody_serves_and_nobody_does_not(name: str, survives: Survives) -> None:
    site = example(name)
    full, empty = survives(site, everyone(site)), survives(site, frozenset())
    assert full and empty
    assert full.serving and full.alive == full.total
    assert not empty.serving and empty.alive == empty.can_lose == 0


@each_example
@each_tier
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_more_servers_never_serve_less(name: str, survives: Survives, data: st.DataObject) -> None:
    site = example(name)
    more = frozenset(data.draw(st.sets(st.sampled_from(sorted(everyone(site))))))
    fewer = frozenset(data.draw(st.sets(st.sampled_from(sorted(more))))) if more else more
    many, few = survives(site, more), survives(site, fewer)
    assert many and few
    assert (many.serving, many.can_lose, many.alive) >= (few.serving, few.can_lose, few.alive)
    assert many.can_lose >= few.can_lose


@each_example
@each_tier
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_it_may_lose_as_many_as_it_says_and_no_more(name: str, survives: Survives, data: st.DataObject) -> None:
    site = example(name)
    tier = survives(site, everyone(site))
    assert tier
    order = data.draw(st.permutations(sorted(members(site, survives))))
    assert serving(survives(site, everyone(site) - set(order[: tier.can_lose])))
    assert not serving(survives(site, everyone(site) - set(order[: tier.can_lose + 1])))


@pytest.mark.parametrize("name", NAMES)
def test_each_example_outlives_any_one_server(name: str) -> None:
    site = example(name)
    for lost in everyone(site):
        ended = [n for n, s in TIERS.items() if essential(s(site, everyone(site) - {lost})) is False]
        assert ended == [], lost


def test_a_database_of_two_needs_one_and_of_three_needs_two() -> None:
    survives = TIERS["patroni"]
    pair, three = without(example("trio"), "c"), example("trio")
    assert serving(survives(pair, frozenset({"a"})))
    assert not serving(survives(three, frozenset({"a"})))
    assert serving(survives(three, frozenset({"a", "c"})))


def test_a_site_without_programs_has_no_tier_of_them() -> None:
    site = replace(example("trio"), apps=())
    assert TIERS["app"](site, everyone(site)) is None


def everyone(site: Site) -> frozenset[str]:
    return frozenset(server.name for server in site.servers)


def members(site: Site, survives: Survives) -> list[str]:
    """Servers that the tier counts."""
    return [n for n in everyone(site) if (tier := survives(site, frozenset({n}))) and tier.alive]


def serving(tier: Tier | None) -> bool:
    return tier is not None and tier.serving


def essential(tier: Tier | None) -> bool | None:
    """Whether a tier that users cannot do without serves."""
    return tier.serving if tier and tier.essential else None
