"""What a site cannot survive is said before anything is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.components import discover
from colonnade.design.weakness import tiers, weaknesses
from colonnade.model.site import Site
from tests.sites import NAMES, designed, example, without


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_have_no_single_point_of_failure(name: str) -> None:
    assert designed(name).notes == ()


@pytest.mark.parametrize(
    ("gone", "warning"),
    [
        ("lb2", "the site does not survive the loss of lb1: balancer would stop"),
        ("web1", "the site does not survive the loss of web2: web would stop"),
        ("app2", "the site does not survive the loss of app1: app would stop"),
    ],
)
def test_the_last_of_a_kind_is_named(gone: str, warning: str) -> None:
    assert warning in warnings(without(example("guestbook"), gone))


def test_two_of_three_voters_cannot_outlive_one_of_them() -> None:
    found = warnings(without(example("guestbook"), "db3"))
    assert [text.partition(":")[0] for text in found] == [
        "the site does not survive the loss of db1",
        "the site does not survive the loss of db2",
    ]
    assert all("etcd" in text and "cache" in text and "database" not in text for text in found)


def test_servers_in_one_zone_are_lost_together() -> None:
    assert warnings(zoned("web1", "web2")) == [
        "the site does not survive the loss of rack 1: web would stop",
    ]


def test_zones_that_split_every_tier_are_no_weakness() -> None:
    assert warnings(zoned("lb1", "web1", "app1", "db1")) == []
    assert len(warnings(zoned("db1", "db2"))) == 1


def test_one_server_alone_is_everything() -> None:
    (only,) = warnings(without(example("trio"), "b", "c"))
    assert only.startswith("the site does not survive the loss of a: ")
    assert {"app", "balancer", "cache", "database", "etcd", "web"} <= set(words(only))


def test_tiers_without_servers_are_not_counted() -> None:
    site = without(example("guestbook"), "app1", "app2")
    assert "app" not in {tier.name for tier in tiers(site, discover().values(), frozenset())}


def warnings(site: Site) -> list[str]:
    notes = weaknesses(site, discover().values())
    assert {note.severity for note in notes} <= {"warning"}
    return [note.text for note in notes]


def words(text: str) -> list[str]:
    return text.rpartition(": ")[2].removesuffix(" would stop").split(", ")


def zoned(*names: str) -> Site:
    """The guestbook with some of its servers in one rack."""
    site = example("guestbook")
    servers = tuple(replace(s, zone="rack 1") if s.name in names else s for s in site.servers)
    return replace(site, servers=servers)
