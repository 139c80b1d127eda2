"""What HAProxy 3.0 of Debian 13 said to `show stat` on one server with every role, while the app had no release yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.dashboard.haproxy import EDGE, TIERS, WORKERS, Counts, counts, rate, ways
from colonnade.model.observation import Status
from colonnade.model.resources import File
from tests.sites import designed

RECORDED = Path(__file__).parent / "recorded"
ROLES = ("lb", "web", "app", "db", "cache")


@pytest.fixture
def edge() -> Counts:
    return counts((RECORDED / "edge.csv").read_text())


@pytest.fixture
def endpoints() -> Counts:
    return counts((RECORDED / "endpoints.csv").read_text())


def later(told: Counts, proxy: str, name: str, more: int, status: str = "UP") -> Counts:
    key = (proxy, name)
    return {**told, key: replace(told[key], total=told[key].total + more, status=status)}


def test_requests_and_errors_of_a_frontend(edge: Counts) -> None:
    assert (edge[EDGE, "FRONTEND"].total, edge[EDGE, "FRONTEND"].errors) == (56, 56)
    assert ("web", "BACKEND") not in edge


def test_a_balancer_leads_to_each_web_server_at_its_rate(edge: Counts) -> None:
    after = later(later(edge, "web", "a", 30), "web", "b", 0, "DRAIN")
    found = {way.target: way for way in ways("a", ROLES, edge, later(after, "web", "c", 9, "DOWN 1/2"), 3.0)}
    assert (found["web:a"].state, found["web:a"].rate) == (Status.OK, 10.0)
    assert (found["web:b"].state, found["web:b"].text) == (Status.DEGRADED, "drained")
    assert (found["web:c"].state, found["web:c"].rate) == (Status.DOWN, 3.0)
    assert {way.source for way in found.values()} == {"lb:a"}


def test_workers_of_one_app_server_are_one_way(endpoints: Counts) -> None:
    one_up = later(later(endpoints, "app-web", "a-1", 12), "app-web", "b-3", 0, "DOWN")
    found = {way.target: way for way in ways("a", ROLES, endpoints, one_up, 2.0) if way.source == "web:a"}
    assert (found["app:a"].state, found["app:a"].rate, found["app:a"].text) == (
        Status.DEGRADED,
        6.0,
        "1 of 2 workers up",
    )
    assert found["app:b"].state is Status.DOWN


def test_an_app_server_leads_to_whoever_leads_and_follows(endpoints: Counts) -> None:
    found = [(way.target, way.text) for way in ways("b", ROLES, endpoints, endpoints, 1.0) if way.source == "app:b"]
    assert found == [
        ("db:a", "primary: 0 open"),
        ("db:b", "replicas: 0 open"),
        ("db:c", "replicas: 0 open"),
        ("cache:b", "cache: 0 open"),
    ]


def test_a_counter_that_began_anew_is_counted_from_there(edge: Counts) -> None:
    key = (EDGE, "FRONTEND")
    assert rate(later(edge, *key, 1000), edge, key, 2.0) == 28.0
    assert rate(edge, edge, key, 0.0) is None
    assert rate({}, edge, key, 1.0) is None


@pytest.mark.parametrize("text", ["# pxname,svname\nweb,a\n", "# pxname,svname,req_tot,stot\nweb,a,x,\n"])
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        counts(text)


def test_an_empty_answer_counts_nothing() -> None:
    assert counts("") == {}


def test_the_names_that_are_looked_for_are_those_of_the_configuration() -> None:
    """Of the edge's frontend, and of the endpoints' backends."""
    files = {file.path: file.content for server in designed("trio").servers.values() for _, file in server.all(File)}
    assert f"\nfrontend {EDGE}\n" in files["/etc/haproxy/haproxy.cfg"]
    for backend in (*TIERS, f"{WORKERS}web"):
        assert f"\nbackend {backend}\n" in files["/etc/colonnade/endpoints/haproxy.cfg"]
