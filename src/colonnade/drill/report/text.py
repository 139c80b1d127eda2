"""A campaign in words for the terminal: the verdict first, then each drill with its numbers beside its budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from colonnade.drill.outcome import Campaign, Series, Spread
from colonnade.drill.report import summary, words
from colonnade.drill.report.words import SIGNS, WORDS
from colonnade.drill.verdict import Finding, Verdict
from colonnade.visual.words import clean

# Told in any case; the others where they are judged or not zero.
ALWAYS = ("requests", "failed_requests", "longest_gap", "longest_write_gap", "recovered", "redundant", "lost")


def as_text(campaign: Campaign) -> str:
    """Several lines, without a line feed at the end."""
    site = next((f"{each.site.name}: " for each in campaign.outcomes), "")
    lines = [f"{site}{summary.verdict_of(campaign)}"]
    for each in campaign.series:
        lines += _summary(each)
    for each in campaign.series:
        lines += ["", *_drill(each)]
    return clean("\n".join(lines))


def _summary(series: Series) -> Iterable[str]:
    """One line for a drill that passed; why not, for one that did not."""
    yield f"  {SIGNS[series.verdict]} {series.drill:<24} {WORDS[series.verdict]}"
    yield from (f"      {reason}" for reason in summary.reasons(series))


def _drill(series: Series) -> Iterable[str]:
    yield f"{SIGNS[series.verdict]} {series.drill}: {series.title}"
    yield f"    {_runs(series)}"
    yield from (_measure(each) for each in series.spreads if _worth_telling(each))
    yield from _latencies(series)
    yield from _found(series)


def _runs(series: Series) -> str:
    first, *others = series.outcomes
    broken = summary.broken(first.history.injections or first.schedule)
    seeds = ", ".join(str(each.seed) for each in series.outcomes)
    return f"{broken}; {len(series.outcomes)} runs, seeds {seeds}" if others else f"{broken}; seed {seeds}"


def _worth_telling(each: Spread) -> bool:
    return not words.is_latency(each.name) and (each.name in ALWAYS or each.limit is not None or bool(each.judged))


def _measure(each: Spread) -> str:
    sign = " " if each.limit is None else SIGNS[each.verdict]
    value = f"{words.quantity(each.judged, each.unit):<16} {words.budget(each):<20} {words.spread(each)}"
    return f"  {sign} {words.name(each.name):<36} {value}".rstrip()


def _latencies(series: Series) -> Iterable[str]:
    """One line for each percentile, before, during and after the fault: medians over the runs."""
    for key, label in words.PERCENTILES.items():
        values = [summary.median(series, f"{key}_{window}") for window in words.WINDOWS]
        if any(value is not None for value in values):
            told = " / ".join("?" if value is None else words.number(value, "ms") for value in values)
            yield f"    {f'{label} before / during / after':<36} {told} ms"


def _found(series: Series) -> Iterable[str]:
    """Each line once, however many runs say it; of several runs what passed is only counted."""
    findings = [each for outcome in series.outcomes for each in outcome.findings]
    for doubt in dict.fromkeys(doubt for outcome in series.outcomes for doubt in outcome.doubts):
        yield f"  {SIGNS[Verdict.UNKNOWN]} {doubt}"
    if len(series.outcomes) > 1:
        yield from _passed(findings, len(series.outcomes))
        findings = [
            each for each in findings if each.verdict is not Verdict.PASS or (summary.is_tally(each) and each.examples)
        ]
    for line, examples in dict.fromkeys((_finding(each), each.examples) for each in findings):
        yield line
        yield from (f"      {each}" for each in examples)


def _passed(findings: Iterable[Finding], runs: int) -> Iterable[str]:
    passed = (each for each in findings if each.verdict is Verdict.PASS and not summary.is_tally(each))
    for checker, count in Counter(each.checker for each in passed).items():
        yield f"  {SIGNS[Verdict.PASS]} {checker}: passed in {words.of_runs(count, runs)}"


def _finding(finding: Finding) -> str:
    return f"  {' ' if summary.is_tally(finding) else SIGNS[finding.verdict]} {finding.checker}: {finding.text}"
