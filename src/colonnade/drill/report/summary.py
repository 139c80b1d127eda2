"""What is said first: the verdict in words, and why it is no better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from colonnade.drill.history import Injection
from colonnade.drill.outcome import Campaign, Series, Spread
from colonnade.drill.report import words
from colonnade.drill.verdict import ORDER, Finding, Verdict


def median(series: Series, measure: str) -> float | None:
    """Of one measure over the runs."""
    return next((each.median for each in series.spreads if each.name == measure), None)


def worst(spreads: Iterable[Spread], unit: str) -> Spread | None:
    """The judged measure of that unit with the worst verdict, and of those the largest value."""
    judged = [each for each in spreads if each.unit == unit and each.limit is not None]
    return max(judged, key=lambda each: (ORDER.index(each.verdict), each.judged or 0.0), default=None)


def broken(injections: Iterable[Injection]) -> str:
    """`db1: its power is cut; db2: etcd is stopped`."""
    return "; ".join(f"{each.server}: {each.text}" for each in injections)


def is_tally(finding: Finding) -> bool:
    """Requests that failed are counted by a checker and judged by the budget: its own pass means nothing."""
    return finding.checker == "http" and finding.verdict is Verdict.PASS


def verdict_of(campaign: Campaign) -> str:
    """`6 drills: 1 failed, 2 unknown, 3 passed`."""
    counts = Counter(each.verdict for each in campaign.series)
    total = f"{len(campaign.series)} {'drill' if len(campaign.series) == 1 else 'drills'}"
    if not campaign.series:
        return "nothing was drilled"
    if counts[Verdict.PASS] == len(campaign.series):
        return f"all {total} passed" if len(campaign.series) > 1 else "the drill passed"
    if len(campaign.series) == 1:
        return f"the drill {'failed' if counts[Verdict.FAIL] else 'proved nothing: its verdict is unknown'}"
    told = [f"{counts[v]} {words.WORDS[v]}" for v in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS) if counts[v]]
    return f"{total}: {', '.join(told)}"


def reasons(series: Series) -> tuple[str, ...]:
    """Why it did not pass: what is missing or over its budget, worst first; each reason once."""
    findings = [each for outcome in series.outcomes for each in outcome.findings]
    failed = [f"{each.checker}: {each.text}" for each in findings if each.verdict is Verdict.FAIL]
    unsure = [f"{each.checker}: {each.text}" for each in findings if each.verdict is Verdict.UNKNOWN]
    doubts = [doubt for outcome in series.outcomes for doubt in outcome.doubts]
    return tuple(dict.fromkeys([*failed, *_over(series.spreads), *doubts, *unsure, *_unmeasured(series.spreads)]))


def _over(spreads: Iterable[Spread]) -> Iterable[str]:
    for each in spreads:
        if each.verdict is Verdict.FAIL:
            yield f"{words.name(each.name)}: {words.quantity(each.judged, each.unit)}, {words.budget(each)}"


def _unmeasured(spreads: Iterable[Spread]) -> Iterable[str]:
    for each in spreads:
        if each.verdict is Verdict.UNKNOWN:
            runs = f" in {len(each.values) - len(each.seen)} of {len(each.values)} runs" if each.seen else ""
            yield f"{words.name(each.name)}: {words.UNMEASURED}{runs}"
