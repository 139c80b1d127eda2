"""A campaign as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from colonnade.drill.budget import BUDGETS
from colonnade.drill.history import Look, Operation
from colonnade.drill.measure import GET, WRITES, Numbers, numbers
from colonnade.drill.outcome import Campaign, Outcome, Series
from colonnade.drill.report import summary, words
from colonnade.drill.report.axis import time_of
from colonnade.drill.report.bins import Bin, bins, rows
from colonnade.drill.report.lanes import silent
from colonnade.drill.report.strip import strip
from colonnade.drill.report.timeline import timeline
from colonnade.drill.report.topology import Tier, tiers, topology
from colonnade.drill.timing import made
from colonnade.drill.verdict import ORDER, Verdict
from colonnade.visual import VISUAL
from colonnade.visual.words import clean


@dataclass(frozen=True)
class View:
    """What the page shows of one drill: all runs in numbers, one run in pictures."""

    id: str
    series: Series
    shown: Outcome
    timeline: Markup | None
    """None where there was no load."""
    topology: Markup
    in_turn: bool
    """Faults at different times: never was all broken that the topology crosses out."""
    tiers: tuple[Tier, ...]
    reads: tuple[Bin, ...]
    writes: tuple[Bin, ...]
    looks: tuple[Look, ...]
    silent: tuple[str, ...]


def as_html(campaign: Campaign) -> str:
    """The whole file."""
    environment = Environment(
        loader=FileSystemLoader((Path(__file__).parent / "page", VISUAL)),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = words.sentence
    views = [_view(f"d{count}", series) for count, series in enumerate(campaign.series, 1)]
    template = environment.get_template("report.html.j2")
    return clean(
        template.render(
            campaign=campaign,
            views=views,
            words=words,
            summary=summary,
            unnoticed=max(each.window for each in BUDGETS),
            strip=strip,
            Verdict=Verdict,
        )
    )


def _view(id_: str, series: Series) -> View:
    shown = worst_run(series)
    history, seen = shown.history, numbers(shown.history)
    return View(
        id_,
        series,
        shown,
        timeline(f"{id_}-timeline", history, seen) if history.operations else None,
        topology(f"{id_}-topology", shown.site, history),
        len(set(made(history))) > 1,
        tiers(shown.site, history),
        _bins(shown, (GET,)),
        _bins(shown, WRITES),
        tuple(_changes(history.looks)),
        tuple(silent(history)),
    )


def worst_run(series: Series) -> Outcome:
    """The run that is drawn: nobody shall say that only the best was shown."""
    return max(series.outcomes, key=lambda each: (ORDER.index(each.verdict), _wait(numbers(each.history))))


def _wait(seen: Numbers) -> float:
    return max((gap.seconds for gap in (seen.gap, seen.write_gap) if gap), default=0.0)


def _bins(outcome: Outcome, kinds: Iterable[str]) -> tuple[Bin, ...]:
    """A table of what the figure shows; none where nothing of the kind was asked."""
    wanted: list[Operation] = [each for each in outcome.history.operations if each.kind in kinds]
    time = time_of(outcome.history)
    return bins(wanted, time, rows(time)) if wanted else ()


def _changes(looks: Iterable[Look]) -> Iterable[Look]:
    """The first of each stretch of looks that say the same."""
    for _, same in groupby(looks, key=lambda look: (look.verdict, look.reasons)):
        yield next(same)
