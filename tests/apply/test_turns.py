"""Who goes at once, and who waits for a turn."""

from __future__ import annotations

from colonnade.apply.execute import split
from colonnade.model.plan import Change

FRESH = Change("db1", "databases", "run", "roles", first=True)
USED = Change("db1", "patroni", "run", "cluster configuration")
NEW = Change("db2", "patroni", "start", "patroni.service", first=True)
FILE = Change("db3", "haproxy", "change", "/etc/haproxy/haproxy.cfg", first=True)
RELOAD = Change("db3", "haproxy", "reload", "haproxy.service")


def test_a_component_that_nothing_uses_yet_waits_for_no_turn_of_another_on_the_same_server() -> None:
    first, rest = split({"db1": (FRESH, USED), "db2": (NEW,)})
    assert first == {"db1": (FRESH,), "db2": (NEW,)}
    assert rest == {"db1": (USED,)}


def test_the_steps_of_one_component_stay_together_and_in_order() -> None:
    assert split({"db3": (FILE, RELOAD)}) == ({}, {"db3": (FILE, RELOAD)})


def test_nothing_is_nothing() -> None:
    assert split({}) == ({}, {})
