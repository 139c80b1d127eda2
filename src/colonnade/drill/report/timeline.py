"""One run on one axis: faults, load, the site's status and what the daemons said."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from markupsafe import Markup

from colonnade.drill.history import History, Injection
from colonnade.drill.measure import GET, WRITES, Numbers
from colonnade.drill.report.axis import Time, decades_of, time_of
from colonnade.drill.report.labels import LINE, Label, draw, place, rows_used
from colonnade.drill.report.lanes import lanes
from colonnade.drill.report.plots import LATENCY, Panel, answers, latencies
from colonnade.drill.report.words import quantity
from colonnade.visual.svg import moved, node, picture, text

FOOT = 24.0


def timeline(id_: str, history: History, numbers: Numbers) -> Markup:
    """An SVG as wide as its place."""
    time = time_of(history)
    panels = [_head(history, numbers, time), *_load(history, numbers, time), *lanes(history, time)]
    tops = [sum(each.height for each in panels[:count]) for count in range(len(panels) + 1)]
    drawn = [moved(top, panel.nodes) for top, panel in zip(tops, panels, strict=False)]
    inside = [*_shades(history.injections, time, tops[-1]), *_ticks(time, tops[-1]), *drawn]
    return picture(id_, "What happened when", describe(history, numbers, time), inside, height=f"{tops[-1] + FOOT:g}")


def describe(history: History, numbers: Numbers, time: Time) -> str:
    """The figure in a few sentences, for those who cannot see it."""
    told = [f"{len(history.operations):,} operations in {time.end - time.start:.0f} seconds."]
    for each in history.injections:
        if each.injected is not None:
            until = "" if each.healed is None else f", until {each.healed:.1f} seconds"
            told.append(f"At {each.injected:.1f} seconds, {each.server}: {each.text}{until}.")
    for gap, nothing in ((numbers.gap, "No page was answered"), (numbers.write_gap, "No write was acknowledged")):
        if gap:
            told.append(f"{nothing} for {quantity(gap.seconds, 's')}, from {gap.start:.1f} to {gap.end:.1f} seconds.")
    return " ".join([*told, "The tables below tell the same in numbers."])


def _load(history: History, numbers: Numbers, time: Time) -> Iterable[Panel]:
    reads = [each for each in history.operations if each.kind == GET]
    writes = [each for each in history.operations if each.kind in WRITES]
    scale = decades_of([*reads, *writes], LATENCY)
    if reads:
        yield latencies("Reads: how long each GET took", "Reads: how long they took", reads, time, scale, None)
    if writes:
        title = "Writes: how long each POST and each entry of the ledger took"
        yield latencies(title, "Writes: how long they took", writes, time, scale, numbers.write_gap)
    if pages := history.of("http"):
        yield answers(pages, time, numbers.gap)


def _head(history: History, numbers: Numbers, time: Time) -> Panel:
    """What was broken and undone, and when the service was good again, above everything."""
    labels = [label for each in history.injections for label in _labels(each)]
    if numbers.recovery and numbers.recovery.seconds:
        told = f"good again after {quantity(numbers.recovery.seconds, 's')}"
        labels.append(Label(numbers.recovery.at, told, "good", "good"))
    placed = place(labels, time, 6)
    height = LINE * rows_used(placed) + 4
    return Panel(height + 6, tuple(draw(each, time, height) for each in placed))


def _labels(injection: Injection) -> Iterable[Label]:
    if injection.injected is not None:
        yield Label(injection.injected, f"{injection.server}: {injection.text}", injection.server, "fault")
    if injection.healed is not None:
        yield Label(injection.healed, f"{injection.server}: undone", "undone", "fault")


def _shades(injections: Iterable[Injection], time: Time, height: float) -> Iterable[Element]:
    """The time in which something was broken. A fault that undoes itself is a line."""
    for each in injections:
        if each.injected is None:
            continue
        left, until = time.percent(each.injected), each.healed or each.injected
        width = f"{100 * (time.share(until) - time.share(each.injected)):.2f}%"
        yield node("rect", class_="broken", x=left, y=0, width=width, height=f"{height:g}")
        yield node("line", class_="broken", x1=left, x2=left, y1=0, y2=f"{height:g}")


def _ticks(time: Time, height: float) -> Iterable[Element]:
    """Every second label gives way on a narrow screen."""
    for count, at in enumerate(time.ticks()):
        x = time.percent(at)
        yield node("line", class_="grid", x1=x, x2=x, y1=0, y2=f"{height:g}")
        yield text(f"{at:g} s", x, f"{height + 16:g}", "scale wide" if count % 2 else "scale", "middle")
