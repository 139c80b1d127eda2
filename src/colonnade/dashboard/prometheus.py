"""What Prometheus knows: traffic of the last 15 minutes, alerts, what happened. Pure: questions out, answers in.

An answer that is missing or makes no sense is None, and unknown for just what it would have told.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from colonnade.dashboard.snapshot import Alert, Point

SPAN, STEP = "15m", "15s"
# As rates are made of fetches ten seconds apart, a minute is the least that does not jump.
WINDOW = "1m"
EDGE = 'proxy="https"'
BUCKETS = f"sum by (le) (rate(colonnade_request_duration_seconds_bucket[{WINDOW}]))"
FLOW = {
    "requests": f"sum(rate(haproxy_frontend_http_requests_total{{{EDGE}}}[{WINDOW}]))",
    "errors": f'sum(rate(haproxy_frontend_http_responses_total{{{EDGE},code="5xx"}}[{WINDOW}]))',
    "p50": f"histogram_quantile(0.5, {BUCKETS})",
    "p99": f"histogram_quantile(0.99, {BUCKETS})",
}
ALERTS = "/api/v1/alerts"
# Fires always, so that its absence is noticed elsewhere.
ALWAYS = "Watchdog"


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of an answer: the latest value, or all of a range."""

    labels: Mapping[str, str]
    values: tuple[tuple[float, float], ...]
    """(seconds since 1970, value); NaN and infinity are left out."""

    @property
    def value(self) -> float:
        return self.values[-1][1]


def query(promql: str) -> str:
    """The path of a question."""
    return f"/api/v1/query?query={quote(promql, safe='')}"


def over_time(promql: str) -> str:
    return query(f"({promql})[{SPAN}:{STEP}]")


def samples(text: str | None) -> tuple[Sample, ...] | None:
    """The answer to a query; None when there is none that can be understood. No series is an answer, too."""
    try:
        told = json.loads(text or "")
        if told["status"] != "success":
            return None
        found = (_sample(each) for each in told["data"]["result"])
        return tuple(sample for sample in found if sample.values)
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _sample(told: Mapping[str, Any]) -> Sample:
    pairs = told["values"] if "values" in told else [told["value"]]
    values = tuple((float(at), float(value)) for at, value in pairs)
    labels = {str(name): str(value) for name, value in told["metric"].items()}
    return Sample(labels, tuple((at, value) for at, value in values if math.isfinite(value)))


def flow(answers: Mapping[str, Sequence[Sample] | None]) -> tuple[Point, ...]:
    """The curves of FLOW put together; where one is missing, its points lack just that."""
    curves = {name: dict(told[0].values) if (told := answers.get(name)) else {} for name in FLOW}
    # Errors are counted from the first one on: before it there is no series, and there were none.
    nothing = 0.0 if answers.get("errors") is not None else None
    moments = sorted({at for curve in curves.values() for at in curve})
    return tuple(
        Point(
            at,
            curves["requests"].get(at),
            curves["errors"].get(at, nothing),
            curves["p50"].get(at),
            curves["p99"].get(at),
        )
        for at in moments
    )


def alerts(text: str | None) -> tuple[Alert, ...] | None:
    """What is firing; None when that cannot be known."""
    try:
        told = json.loads(text or "")["data"]["alerts"]
        found = [_alert(each) for each in told if each["state"] == "firing"]
    except (ValueError, KeyError, TypeError):
        return None
    return tuple(alert for alert in found if alert.name != ALWAYS)


def _alert(told: Mapping[str, Any]) -> Alert:
    labels, notes = told["labels"], told.get("annotations", {})
    return Alert(
        name=str(labels["alertname"]),
        severity=str(labels.get("severity", "unknown")),
        summary=str(notes.get("summary", "")),
        since=_moment(str(told["activeAt"])),
        server=str(labels.get("server", "")),
        runbook=str(notes.get("runbook_url", "")),
    )


def _moment(told: str) -> float:
    """Go writes nanoseconds; Python reads six digits."""
    whole, _, rest = told.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{rest.rstrip('Z') or 0}")


def merged(own: Sequence[Point], told: Sequence[Point]) -> tuple[Point, ...]:
    """What the page saw itself is fresher and finer; what it did not see, the latency and the time before, is told."""
    if not told:
        return tuple(own)
    begin = own[0].at if own else math.inf
    before = [point for point in told if point.at < begin]
    return (*before, *(_with_latency(point, told) for point in own))


def _with_latency(point: Point, told: Sequence[Point]) -> Point:
    near = min(told, key=lambda each: abs(each.at - point.at))
    fresh = abs(near.at - point.at) < 60
    return Point(point.at, point.requests, point.errors, near.p50 if fresh else None, near.p99 if fresh else None)
