"""Asks the monitors, one after the other until one answers, again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.dashboard.happened import HAPPENED, happened
from colonnade.dashboard.prometheus import ALERTS, FLOW, Sample, alerts, flow, over_time, query, samples
from colonnade.dashboard.snapshot import Alert, Event, Point, Source

# Prometheus fetches every ten seconds; asked twice as often, what it knows is shown five seconds late at most.
EVERY = 5.0
# Older than this, what was told is not of now any more.
STALE = 35.0
# What both pages ask: the curves of 15 minutes, and what happened.
BOTH = {**{name: over_time(promql) for name, promql in FLOW.items()}, **{n: query(q) for n, q in HAPPENED.items()}}

Ask = Callable[[Sequence[str]], Awaitable[Sequence[str | None]]]
"""The bodies of these pages of one Prometheus, None for each that cannot be had."""


@dataclass(frozen=True)
class Told:
    """What one monitor told at a moment."""

    at: float
    monitor: str
    answers: Mapping[str, tuple[Sample, ...] | None]
    alerts: tuple[Alert, ...] | None
    flow: tuple[Point, ...]
    events: tuple[Event, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Questions without an answer that makes sense."""
        unknown = tuple(name for name, told in self.answers.items() if told is None)
        return unknown if self.alerts is not None else (*unknown, "alerts")


@dataclass
class History:
    """The latest that any monitor told; `questions` are paths by name."""

    monitors: Sequence[tuple[str, Ask]]
    questions: Mapping[str, str] = field(default_factory=lambda: BOTH)
    told: Told | None = None

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            for name, ask in self.monitors:
                if now := await asked(name, ask, self.questions):
                    self.told = now
                    break
            await asyncio.sleep(EVERY)

    def fresh(self, now: float) -> Told | None:
        return self.told if self.told and now - self.told.at < STALE else None

    def source(self, now: float) -> Source:
        if not self.monitors:
            return Source("Prometheus", None, "the site has no monitors")
        told = self.fresh(now)
        if told is None:
            names = " and ".join(name for name, _ in self.monitors)
            return Source("Prometheus", self.told.at if self.told else None, f"{names} cannot be asked")
        word = f"no answer to {', '.join(told.missing)}" if told.missing else ""
        return Source(f"Prometheus on {told.monitor}", told.at, word)


async def asked(name: str, ask: Ask, questions: Mapping[str, str]) -> Told | None:
    """None when nothing that was asked has an answer."""
    *told, firing = await ask([*questions.values(), ALERTS])
    answers = {key: samples(text) for key, text in zip(questions, told, strict=True)}
    known, now = alerts(firing), time.time()
    if known is None and not any(each is not None for each in answers.values()):
        return None
    return Told(now, name, answers, known, flow(answers), happened(answers, now))
