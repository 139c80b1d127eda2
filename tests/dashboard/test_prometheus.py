"""Answers of Prometheus 2.53, whole, partial and garbled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from colonnade.dashboard.history import BOTH, History, asked
from colonnade.dashboard.prometheus import alerts, flow, merged, query, samples
from colonnade.dashboard.snapshot import Alert, Point


def answer(*series: Any, kind: str = "matrix") -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": list(series)}})


def curve(*pairs: tuple[float, str]) -> str:
    return answer({"metric": {}, "values": [list(pair) for pair in pairs]})


FIRING = {
    "labels": {"alertname": "ServerDown", "severity": "critical", "server": "web1"},
    "annotations": {"summary": "web1 is down", "runbook_url": "https://example.com/ServerDown"},
    "state": "firing",
    "activeAt": "2026-01-15T12:00:00.123456789Z",
    "value": "1e+00",
}
GARBLED = ["", "not json", "[]", "{}", '{"status":"error"}', '{"status":"success"}', answer({"metric": {}}), "null"]


def test_a_curve_and_a_single_value() -> None:
    assert (samples(curve((10, "1.5"), (25, "2"))) or ())[0].values == ((10.0, 1.5), (25.0, 2.0))
    one = samples(answer({"metric": {"server": "a"}, "value": [10, "7"]}, kind="vector")) or ()
    assert (one[0].labels, one[0].value) == ({"server": "a"}, 7.0)
    assert samples(answer()) == ()


@pytest.mark.parametrize("text", [*GARBLED, None])
def test_what_makes_no_sense_is_no_answer(text: str | None) -> None:
    assert samples(text) is None
    assert alerts(text) is None


def test_no_requests_have_no_latency() -> None:
    """Of nothing, `histogram_quantile` is not a number."""
    assert samples(curve((10, "NaN"), (25, "+Inf"))) == ()


def test_a_curve_that_is_missing_leaves_the_others() -> None:
    told = flow({"requests": samples(curve((10, "5"), (25, "6"))), "errors": None, "p50": None, "p99": ()})
    assert told == (Point(10.0, 5.0), Point(25.0, 6.0))


def test_before_the_first_error_there_were_none() -> None:
    told = flow({"requests": samples(curve((10, "5"))), "errors": (), "p50": (), "p99": ()})
    assert told == (Point(10.0, 5.0, 0.0),)


def test_alerts_that_fire() -> None:
    watchdog = {**FIRING, "labels": {"alertname": "Watchdog", "severity": "none"}}
    text = json.dumps({"status": "success", "data": {"alerts": [{**FIRING, "state": "pending"}, watchdog, FIRING]}})
    (one,) = alerts(text) or ()
    assert one.since == pytest.approx(1_768_478_400.123, abs=0.001)
    told = Alert("ServerDown", "critical", "web1 is down", one.since, "web1", "https://example.com/ServerDown")
    assert one == told
    assert alerts(json.dumps({"data": {"alerts": []}})) == ()


def test_what_the_page_saw_itself_goes_before_what_it_was_told() -> None:
    told = (Point(0, 1, 0, 0.1, 0.2), Point(15, 2, 0, 0.3, 0.4))
    assert merged((Point(14, 9, 1),), told) == (told[0], Point(14, 9, 1, 0.3, 0.4))
    assert merged((), told) == told
    assert merged((Point(14, 9, 1),), ()) == (Point(14, 9, 1),)


def test_a_question_survives_its_way() -> None:
    assert query('a{b="c"}[1m] + 1') == "/api/v1/query?query=a%7Bb%3D%22c%22%7D%5B1m%5D%20%2B%201"


def test_a_monitor_that_tells_nothing_is_passed_over() -> None:
    async def silent(paths: Sequence[str]) -> list[str | None]:
        return [None for _ in paths]

    async def partly(paths: Sequence[str]) -> list[str | None]:
        return [curve((10, "5")), *("garbage" for _ in paths[1:])]

    assert asyncio.run(asked("mon1", silent, BOTH)) is None
    told = asyncio.run(asked("mon2", partly, BOTH))
    assert told
    assert (told.monitor, told.missing, told.alerts) == ("mon2", (*list(BOTH)[1:], "alerts"), None)
    assert told.flow == (Point(10.0, 5.0),)
    history = History((("mon2", partly),), told=told)
    assert history.source(told.at + 1).problem.startswith("no answer to errors, p50, p99, ")
    assert history.source(told.at + 60).problem == "mon2 cannot be asked"
    assert History(()).source(0).problem == "the site has no monitors"
