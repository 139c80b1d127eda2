"""Burn rates over several windows: a short one tells that it still goes on, a long one that it matters.

Windows and factors are those of Google's SRE workbook, chapter 5: 2 % of a month's errors within an hour, 5 % within
six, 10 % within a day or three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from colonnade.components.slo.options import SloOptions
from colonnade.model.latency import HISTOGRAM
from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity

WINDOWS = (
    ("1h", "5m", 14.4, Severity.CRITICAL),
    ("6h", "30m", 6.0, Severity.CRITICAL),
    ("1d", "2h", 3.0, Severity.WARNING),
    ("3d", "6h", 1.0, Severity.WARNING),
)
# On a quiet site a single failure is a large share; fewer than these in the long window wake nobody.
FEWEST = 10
RESPONSES = 'haproxy_frontend_http_responses_total{job="haproxy/metrics",proxy="https"%s}'


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise to visitors, and how the requests are counted that break it."""

    alert: str
    summary: str
    share: Callable[[str], str]
    """PromQL: the share that broke it within a window."""
    count: Callable[[str], str]
    """PromQL: how many."""
    promised: str
    """The share that is not to, in percent."""
    subject: str
    broken: str
    """`subject` of a window `broken`."""
    spent: str = ""
    """One more sentence, with `{days}` until a month's failures are used up."""


def alerts(layout: Layout) -> Iterable[Rule]:
    options = layout.site.option(SloOptions)
    for promise in (_answered(options), _fast(options)):
        for window in WINDOWS:
            yield _burns(promise, *window)


def _answered(options: SloOptions) -> Promise:
    bad, every = RESPONSES % ',code="5xx"', RESPONSES % ""
    return Promise(
        "ErrorBudgetBurns",
        "visitors get errors",
        share=lambda window: f"sum(rate({bad}[{window}])) / sum(rate({every}[{window}]))",
        count=lambda window: f"sum(increase({bad}[{window}]))",
        promised=options.availability,
        subject="requests",
        broken=f"were answered 5xx; promised is {options.availability} without.",
        spent=" At this pace a month's errors are used up in {days}.",
    )


def _fast(options: SloOptions) -> Promise:
    fast, every = f'{HISTOGRAM}_bucket{{le="{_seconds(options.latency):g}"}}', f"{HISTOGRAM}_count"
    return Promise(
        "LatencyBudgetBurns",
        "visitors wait",
        share=lambda window: f"1 - sum(rate({fast}[{window}])) / sum(rate({every}[{window}]))",
        count=lambda window: f"sum(increase({every}[{window}])) - sum(increase({fast}[{window}]))",
        promised=options.fast,
        subject="answers",
        broken=f"began later than {options.latency}; promised is that {options.fast} do not.",
    )


def _burns(promise: Promise, long: str, short: str, factor: float, severity: Severity) -> AlertRule:
    # A share has a ceiling: of a promise of 90 % a factor of 14 would be more than all requests.
    limit = f"{min(0.9, factor * _budget(promise.promised)):g}"
    expr = f"({promise.share(long)}) > {limit} and ({promise.share(short)}) > {limit}"
    text = f"{{{{ $value | humanizePercentage }}}} of the {promise.subject} of {long} {promise.broken}"
    return AlertRule(
        promise.alert,
        f"{expr} and {promise.count(long)} > {FEWEST}",
        severity,
        "site",
        promise.summary,
        text + promise.spent.format(days=_days(factor)),
        hold="1m",
        labels=(("window", long),),
    )


def _budget(percent: str) -> float:
    return round(1 - float(percent.removesuffix("%")) / 100, 8)


def _seconds(step: str) -> float:
    return float(step.removesuffix("ms")) / 1000 if step.endswith("ms") else float(step.removesuffix("s"))


def _days(factor: float) -> str:
    days = 30 / factor
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"
