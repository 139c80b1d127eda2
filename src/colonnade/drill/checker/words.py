"""How findings are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from colonnade.drill.history import Operation, Result
from colonnade.drill.verdict import Finding, Verdict

EXAMPLES = 5
"""More of the same teaches nothing; the history has them all."""


def undecided(checker: str, text: str = "nothing was checked", counts: Mapping[str, int] | None = None) -> Finding:
    """A finding that claims nothing."""
    return Finding(checker, Verdict.UNKNOWN, text, dict(counts or {}))


def amount(count: int, noun: str, plural: str = "") -> str:
    """`1 entry`, `1,204 entries`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def who(operation: Operation) -> str:
    """Client and time, as it is found in the history: `c3 at 12.031 to 12.044 s`."""
    return f"{operation.client} at {operation.started:.3f} to {operation.ended:.3f} s"


def results(operations: Iterable[Operation]) -> dict[str, int]:
    """How many were acknowledged, failed, and ended without an answer."""
    found = Counter(each.result for each in operations)
    return {"acknowledged": found[Result.OK], "failed": found[Result.FAIL], "unknown": found[Result.UNKNOWN]}
