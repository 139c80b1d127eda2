"""Over real HTTP: who is let in, what the answers carry, how events come."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from colonnade.dashboard.serving import listening
from colonnade.errors import UserError
from tests.dashboard import stories
from tests.dashboard.pages import Served, served


@pytest.fixture(scope="module")
def calm() -> Iterator[Served]:
    with served(stories.calm()) as running:
        yield running


def get(url: str, path: str | None = None, **headers: str) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path if path is None else path, headers=headers)
    return connection.getresponse()


def events(url: str) -> Iterator[dict[str, Any]]:
    answer = get(url + "events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    while line := answer.readline():
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def test_the_page_is_whole_before_any_script_runs(calm: Served) -> None:
    answer = get(calm.url)
    text = answer.read().decode()
    assert answer.status == 200
    assert all(word in text for word in ("Serving", "web1", "The way of a request", "primary-killed passed"))


@pytest.mark.parametrize("path", ["/", "/events", "/dashboard.js", "/another/", "/a-tokenx/"])
def test_without_the_token_there_is_nothing(calm: Served, path: str) -> None:
    assert get(calm.url, path).status == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "127.0.0.1", ""])
def test_another_name_in_host_is_refused(calm: Served, host: str) -> None:
    answer = get(calm.url, Host=host)
    assert answer.status == 421
    assert b"Serving" not in answer.read()


@pytest.mark.parametrize("path", ["", "events", "dashboard.css", "dashboard.js", "nothing"])
def test_every_answer_forbids_what_the_page_does_not_need(calm: Served, path: str) -> None:
    headers = get(calm.url + path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_only_reads(calm: Served, method: str) -> None:
    parts = urlsplit(calm.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request(method, parts.path)
    assert connection.getresponse().status == 405


def test_events_begin_with_everything_and_go_on_with_what_changed() -> None:
    with served(stories.calm()) as running:
        told = events(running.url)
        first = next(told)
        assert set(first["parts"]) == {"verdict", "picture", "traffic", "alerts", "timeline", "servers", "sources"}
        assert first["title"] == "guestbook: serving"
        running.show(stories.without(stories.calm(), "web1"))
        then = next(each for each in told if each["parts"])
        assert "verdict" in then["parts"]
        assert "alerts" not in then["parts"]
        assert then["title"] == "guestbook: degraded"


def test_a_heartbeat_tells_the_age_of_what_is_shown() -> None:
    with served(stories.calm()) as running:
        told = events(running.url)
        ages = [next(told)["age"] for _ in range(3)]
        assert ages[0] < ages[1] < ages[2] < 10
        assert ages[2] - ages[1] == pytest.approx(1.0, abs=0.9)


def test_before_the_first_look_the_page_waits() -> None:
    with served(None) as running:
        assert "waiting for the first look" in get(running.url).read().decode()
        assert next(events(running.url))["waiting"] is True


def test_a_port_that_is_taken_is_a_plain_error() -> None:
    with listening("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(UserError, match="cannot listen on"), listening("127.0.0.1", taken.getsockname()[1]):
            pass
