"""The load that a site's own pages get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.drill.history import Operation, Result
from colonnade.drill.visitors import as_session, load
from colonnade.model.app import Pages
from tests.sites import VAULT, example

SITE = example("guestbook")
APP = SITE.apps[0]


def visit(result: Result, value: object) -> Operation:
    return Operation("visitor-1", "session.write", "visitor-1", value, 1.0, 1.0, 1.2, result)


def test_reads_are_as_many_as_asked_for_and_writes_a_fifth() -> None:
    made = load(SITE, APP, VAULT.ca_cert, 0.0, 1)
    reads, writes = ([s for s in made.streams if s.kind == kind] for kind in ("http.get", "http.post"))
    assert sum(stream.rate for stream in reads) == pytest.approx(APP.drill.rate)
    assert sum(stream.rate for stream in writes) == pytest.approx(APP.drill.rate / 5)
    assert {stream.protocol for stream in made.streams} == {"http/1.1", "h2"}
    assert {stream.connection for stream in reads} == {"new", "kept"}
    assert made.addresses == tuple(vip.address for vip in SITE.vips)


def test_an_app_without_pages_of_its_own_is_asked_for_its_health_alone() -> None:
    made = load(SITE, replace(APP, drill=Pages()), VAULT.ca_cert, 0.0, 1)
    assert {stream.path for stream in made.streams} == {APP.health}
    assert made.visitors == ()


def test_a_visit_that_counts_reads_what_was_there_and_writes_one_more() -> None:
    read, write = as_session(visit(Result.OK, 3))
    assert (read.kind, read.value, write.kind, write.value) == ("session.read", 2, "session.write", 3)


def test_the_first_visit_finds_no_session() -> None:
    assert as_session(visit(Result.OK, 1))[0].value is None


@pytest.mark.parametrize(("result", "value"), [(Result.UNKNOWN, None), (Result.FAIL, None), (Result.OK, None)])
def test_a_visit_without_a_count_says_nothing_of_what_was_there(result: Result, value: object) -> None:
    assert as_session(visit(result, value)) == (visit(result, value),)
