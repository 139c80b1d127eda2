"""How reports name things and write numbers. State by sign and word, never by colour alone."""

from __future__ import annotations

import math

from colonnade.drill.outcome import Spread
from colonnade.drill.verdict import Verdict

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?"}
WORDS = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.UNKNOWN: "unknown"}
NAMES = {
    "requests": "requests",
    "failed_requests": "failed requests",
    "failed_not_in_flight": "failed, not in flight at the fault",
    "failed_gets": "failed GETs",
    "failed_posts_not_in_flight": "failed POSTs, not in flight",
    "longest_gap": "longest gap",
    "longest_address_gap": "longest gap at one address",
    "longest_write_gap": "longest gap in writes",
    "detected": "time to detect",
    "recovered": "time to recover",
    "redundant": "time to full redundancy",
    "lost": "lost writes",
    "phantom": "phantom writes",
    "stale": "stale reads",
}
# Under a heading that says the rest.
SHORT = {
    "failed_not_in_flight": "not in flight",
    "failed_gets": "GETs",
    "failed_posts_not_in_flight": "POSTs not in flight",
    "longest_address_gap": "at one address",
    "longest_write_gap": "in writes",
}
WINDOWS = ("before", "during", "after")
PERCENTILES = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
TIMES = ("s", "ms")
SMALL = ("etcd", "keepalived", "nginx", "p50", "p99")
UNMEASURED = "not measured"


def name(measure: str) -> str:
    """A measure in words; one that is not known here keeps its own name."""
    return NAMES.get(measure, measure.replace("_", " "))


def sentence(told: str) -> str:
    """With a capital, unless it begins with a daemon that has none."""
    return told if told.startswith(SMALL) else told[:1].upper() + told[1:]


def is_latency(measure: str) -> bool:
    """Latencies are told as a table of their own."""
    return measure.partition("_")[0] in PERCENTILES


def quantity(value: float | None, unit: str) -> str:
    """`22.4 s`, `1,046 ms`, `not measured`; a count without its unit, which the measure's name tells."""
    if value is None:
        return UNMEASURED
    return f"{number(value, unit)} {unit}" if unit in TIMES else number(value, unit)


def number(value: float, unit: str) -> str:
    """Three digits or more. Rounded up, so that what is over its budget never looks equal to it."""
    if value == int(value):
        return f"{int(value):,}"
    digits = min(3, max(0, 2 - math.floor(math.log10(abs(value))))) if unit in TIMES else 1
    # First to nine digits: 0.1 + 0.2 is 0.3, not something above it.
    scaled = round(value * 10**digits, 9 - digits)
    told = f"{math.ceil(scaled) / 10**digits:,.{digits}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def budget(spread: Spread) -> str:
    """`at most 26 s`; `at most 5 or 26 s` where it is not the same in every run; or nothing."""
    limits = sorted({each for each in spread.limits if each is not None})
    told = " or ".join((*(number(each, spread.unit) for each in limits[:-1]), quantity(spread.limit, spread.unit)))
    return f"at most {told}" if limits else ""


def of_runs(some: int, total: int) -> str:
    """`10 runs`, `9 of 10 runs`."""
    return f"{total} runs" if some == total else f"{some} of {total} runs"


def spread(each: Spread) -> str:
    """`21.9 to 26.1 s in 10 runs`; nothing for one run."""
    if len(each.values) < 2:
        return ""
    if not each.seen:
        return f"in none of {len(each.values)} runs"
    runs = of_runs(len(each.seen), len(each.values))
    low, high = number(each.seen[0], each.unit), quantity(each.seen[-1], each.unit)
    return f"{high} in {runs}" if each.seen[0] == each.seen[-1] else f"{low} to {high} in {runs}"
