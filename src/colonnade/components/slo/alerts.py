"""Burn rates over several windows: a short one tells that it still goes on, a long one that it matters.

Windows and factors are those of Google's SRE workbook, chapter 5: 2 % of a month's errors within an hour, 5 % within
six, 10 % within a day or three.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def alerts(layout: Layout) -> Iterable[Rule]:
    options = layout.site.option(SloOptions)
    failed = (RESPONSES % ',code="5xx"', RESPONSES % "")
    for window in WINDOWS:
        yield _errors(options, failed, *window)
    seconds = f"{_seconds(options.latency):g}"
    fast, all_ = f'{HISTOGRAM}_bucket{{le="{seconds}"}}', f"{HISTOGRAM}_count"
    for window in WINDOWS:
        yield _slow(options, (fast, all_), *window)


def _errors(
    options: SloOptions, series: tuple[str, str], long: str, short: str, factor: float, severity: Severity
) -> AlertRule:
    bad, every = series
    ratio, recent = (f"sum(rate({bad}[{w}])) / sum(rate({every}[{w}]))" for w in (long, short))
    limit = f"{factor * _budget(options.availability):g}"
    enough = f"sum(increase({bad}[{long}])) > {FEWEST}"
    text = f"{{{{ $value | humanizePercentage }}}} of the requests of {long} were answered 5xx; promised is "
    text += f"{options.availability} without. At this pace a month's errors are used up in {_days(factor)}."
    return _alert(
        "ErrorBudgetBurns", f"({ratio}) > {limit} and ({recent}) > {limit} and {enough}", severity, long, text
    )


def _slow(
    options: SloOptions, series: tuple[str, str], long: str, short: str, factor: float, severity: Severity
) -> AlertRule:
    fast, every = series
    ratio, recent = (f"1 - sum(rate({fast}[{w}])) / sum(rate({every}[{w}]))" for w in (long, short))
    # A share has a ceiling: of a promise of 90 % a factor of 14 would be more than all requests.
    limit = f"{min(0.9, factor * _budget(options.fast)):g}"
    enough = f"sum(increase({every}[{long}])) - sum(increase({fast}[{long}])) > {FEWEST}"
    text = f"{{{{ $value | humanizePercentage }}}} of the answers of {long} began later than {options.latency}; "
    text += f"promised is that {options.fast} do not."
    return _alert(
        "LatencyBudgetBurns", f"({ratio}) > {limit} and ({recent}) > {limit} and {enough}", severity, long, text
    )


def _alert(name: str, expr: str, severity: Severity, window: str, text: str) -> AlertRule:
    summary = {"ErrorBudgetBurns": "visitors get errors", "LatencyBudgetBurns": "visitors wait"}[name]
    return AlertRule(name, expr, severity, "site", summary, text, hold="1m", labels=(("window", window),))


def _budget(percent: str) -> float:
    return round(1 - float(percent.removesuffix("%")) / 100, 8)


def _seconds(step: str) -> float:
    return float(step.removesuffix("ms")) / 1000 if step.endswith("ms") else float(step.removesuffix("s"))


def _days(factor: float) -> str:
    days = 30 / factor
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"
