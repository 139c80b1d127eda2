"""Verdicts: pass, fail or unknown; the worst wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """Worst last."""

    PASS = "pass"  # noqa: S105
    UNKNOWN = "unknown"
    FAIL = "fail"


ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; of none, unknown: nothing was looked at."""
    return max(verdicts, key=ORDER.index, default=Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one checker says of a history."""

    checker: str
    verdict: Verdict
    text: str
    """One line for people: `2 of 1,204 acknowledged entries are gone`."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """lost, phantom, stale, unknown, checked … by name."""
    examples: tuple[str, ...] = ()
    """A few of the operations that show it, in words."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number beside its budget. Without a limit it is only told."""

    name: str
    """failed_requests, longest_gap, detected, recovered, redundant, p50_before … p999_after."""
    value: float | None
    """None when it could not be measured; the verdict is then unknown."""
    unit: str
    """requests, s, ms, writes."""
    limit: float | None = None

    @property
    def verdict(self) -> Verdict:
        if self.limit is None:
            return Verdict.PASS
        if self.value is None:
            return Verdict.UNKNOWN
        return Verdict.PASS if self.value <= self.limit else Verdict.FAIL
