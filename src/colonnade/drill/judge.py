"""From a record to findings and measures: every checker has its say, every number stands beside its budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from colonnade.drill.budget import Budget, measures
from colonnade.drill.checker import append, bank, http, ledger, primaries, register, session
from colonnade.drill.history import History
from colonnade.drill.measure import numbers
from colonnade.drill.verdict import Finding, Measure, Verdict
from colonnade.drill.workload.bank import TOTAL

# What was written to the cache within this time before its primary was lost may be lost with it: replication there is
# asynchronous (docs/drills.md).
CACHE_GRACE = 1.0
# Cut off from its replicas alone, it is still asked until it refuses writes itself: it hears of them once a second, and
# misses them after 2 whole ones (min-replicas-max-lag). An application on its own server reaches it in any cut.
CACHE_UNNOTICED = {"cut-databases": 4.0, "cut-peers": 4.0}

Final = Mapping[str, frozenset[str]]


def judge(
    history: History, final: Final, budget: Budget, extra: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], tuple[Measure, ...]]:
    """What the checkers found, with `extra` findings of the drill's own; and every number with its limit."""
    findings = (*extra, *_findings(history, final, budget))
    return findings, measures(budget, numbers(history, findings, window=budget.window))


def _findings(history: History, final: Final, budget: Budget) -> Iterator[Finding]:
    checks: dict[str, Callable[[], Finding]] = {
        "http": lambda: http.check(history, budget.window),
        "ledger": lambda: ledger.check(history, final),
        "append": lambda: append.check(history),
        "register": lambda: register.check(history),
        "bank": lambda: bank.check(history, TOTAL),
        "session": lambda: session.check(history, CACHE_GRACE, CACHE_UNNOTICED),
        "primaries": lambda: primaries.check(history),
    }
    for name, check in checks.items():
        # An application without a session page, a drill without SQL: nothing was asked, so nothing is missing.
        if history.of(name):
            yield _guarded(name, check)


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    """A checker that crashes has found nothing out, and must not hide what the others did."""
    try:
        return check()
    except Exception as error:
        return Finding(name, Verdict.UNKNOWN, f"the checker crashed: {type(error).__name__}: {error}")
