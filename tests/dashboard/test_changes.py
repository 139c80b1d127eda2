"""What changed between two looks, for the timeline."""

from __future__ import annotations

from dataclasses import replace

from colonnade.dashboard.changes import changes
from colonnade.dashboard.snapshot import Look
from colonnade.model.observation import NOT_YET, Status
from tests.dashboard import stories
from tests.readings import spoiled


def between(before: Look, after: Look) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in changes(stories.seen(before), stories.seen(after))]


def moved(server: str, component: str, **facts: str) -> Look:
    look = stories.calm()
    return replace(look, readings=spoiled(dict(look.readings), server, component, Status.OK, "", **facts))


def test_nothing_happened() -> None:
    assert between(stories.calm(), stories.calm(at=stories.NOON + 1)) == []


def test_a_server_is_lost_and_comes_back() -> None:
    gone = stories.without(stories.calm(), "web1")
    assert between(stories.calm(), gone) == [("lost", "web1: no longer heard")]
    assert between(gone, stories.calm()) == [("back", "web1 is seen")]


def test_a_primary_moves() -> None:
    before = moved("db1", "patroni", role="replica")
    assert between(stories.calm(), before) == [("failover", "the database has no primary, before db1")]
    after = replace(before, readings=spoiled(dict(before.readings), "db2", "patroni", Status.OK, "", role="primary"))
    assert between(stories.calm(), after) == [("failover", "db2 is primary of the database, before db1")]
    assert between(before, after) == [("failover", "db2 is primary of the database")]


def test_an_address_moves_and_a_release_is_new() -> None:
    both = moved("lb2", "keepalived", addresses="203.0.113.10 203.0.113.11")
    assert between(stories.calm(), both) == [("address", "203.0.113.10 is held by lb1 and lb2")]
    assert between(stories.calm(), moved("app2", "app", release="r2")) == [("deploy", "app2 has release r2, before r1")]


def test_what_is_seen_for_the_first_time_has_not_just_happened() -> None:
    beginning = stories.without(stories.calm(), "db1", "lb1", why=NOT_YET)
    assert between(beginning, stories.calm()) == []
    assert between(stories.without(stories.calm(), "db1", "lb1"), stories.calm()) != []


def test_an_operator_who_sees_nobody_tells_of_no_loss() -> None:
    assert between(stories.calm(), stories.blind()) == []
    assert between(stories.blind(), stories.calm()) == []
