"""What came of a drill: one run, several runs of the same drill, and a whole campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from colonnade.drill.history import History, Injection
from colonnade.drill.verdict import Finding, Measure, Verdict, worst
from colonnade.model.site import Site


@dataclass(frozen=True)
class Outcome:
    """One run of one drill."""

    site: Site
    drill: str
    title: str
    """The drill in words: `the primary's server is lost`."""
    seed: int
    schedule: tuple[Injection, ...]
    """As planned. `history.injections` tells what was made of it."""
    history: History
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    started: str
    """UTC, ISO 8601."""
    error: str = ""
    """Why the drill ended early. What it did not see it cannot have passed."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why this run proves nothing, whatever it measured: it crashed, or a fault was not made."""
        ended = (f"the drill ended early: {self.error}",) if self.error else ()
        return ended + tuple(self._unmade())

    def _unmade(self) -> Iterable[str]:
        seen = self.history.injections
        for each in seen:
            if each.injected is None:
                yield f"not made: {each.server}: {each.text} ({each.reason or 'no reason given'})"
        for each in self.schedule[len(seen) :]:
            yield f"not reached: {each.server}: {each.text}"
        if not seen and not self.schedule:
            yield "nothing was broken"

    @property
    def verdict(self) -> Verdict:
        doubts = [Verdict.UNKNOWN] if self.doubts else []
        return worst([*doubts, *(each.verdict for each in self.findings), *(each.verdict for each in self.measures)])


@dataclass(frozen=True)
class Spread:
    """One measure over the runs of a drill."""

    name: str
    unit: str
    limits: tuple[float | None, ...]
    """One for each run: which parts of the site its server had may differ."""
    values: tuple[float | None, ...]
    """One for each run, None where it could not be measured."""

    @cached_property
    def seen(self) -> tuple[float, ...]:
        """What was measured, lowest first."""
        return tuple(sorted(value for value in self.values if value is not None))

    @property
    def median(self) -> float | None:
        return median(self.seen) if self.seen else None

    @property
    def limit(self) -> float | None:
        """The loosest; None where no run has one."""
        return max((each for each in self.limits if each is not None), default=None)

    @property
    def judged(self) -> float | None:
        """What stands against the limit: of writes and reads the worst run, since one that is lost is one too many."""
        return max(self.seen, default=None) if self._each_counts else self.median

    @property
    def verdict(self) -> Verdict:
        """A run that could not be measured leaves a limit unknown, unless the others are over it already."""
        limited = [(value, limit) for value, limit in zip(self.values, self.limits, strict=True) if limit is not None]
        over = [value - limit for value, limit in limited if value is not None]
        if not limited:
            return Verdict.PASS
        if over and (max(over) if self._each_counts else median(over)) > 0:
            return Verdict.FAIL
        return Verdict.PASS if len(over) == len(limited) else Verdict.UNKNOWN

    @property
    def _each_counts(self) -> bool:
        return self.unit in ("writes", "reads")


@dataclass(frozen=True)
class Series:
    """The runs of one drill, in the order they were made; at least one."""

    outcomes: tuple[Outcome, ...]

    @property
    def drill(self) -> str:
        return self.outcomes[0].drill

    @property
    def title(self) -> str:
        return self.outcomes[0].title

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """Every measure of any run, in the order in which the runs tell them."""
        runs = [{measure.name: measure for measure in each.measures} for each in self.outcomes]
        first = {name: measure for run in reversed(runs) for name, measure in run.items()}
        return tuple(_spread(first[name], runs) for name in dict.fromkeys(name for run in runs for name in run))

    @cached_property
    def verdict(self) -> Verdict:
        """Measures are judged over all runs, what the checkers found in each."""
        found = [finding.verdict for each in self.outcomes for finding in each.findings]
        doubts = [Verdict.UNKNOWN for each in self.outcomes if each.doubts]
        return worst([*found, *doubts, *(spread.verdict for spread in self.spreads)])


def _spread(first: Measure, runs: Sequence[Mapping[str, Measure]]) -> Spread:
    """A run that did not get as far as to measure it has the limit of the first that did."""
    seen = [run.get(first.name, replace(first, value=None)) for run in runs]
    return Spread(first.name, first.unit, tuple(each.limit for each in seen), tuple(each.value for each in seen))


@dataclass(frozen=True)
class Campaign:
    """Everything that one command ran: each drill once, or one drill many times."""

    outcomes: tuple[Outcome, ...]

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The outcomes by drill, in the order of each drill's first run."""
        names = dict.fromkeys(each.drill for each in self.outcomes)
        return tuple(Series(tuple(each for each in self.outcomes if each.drill == name)) for name in names)

    @property
    def verdict(self) -> Verdict:
        return worst(each.verdict for each in self.series)
