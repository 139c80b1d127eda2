"""The load of a run as figures: how long each request took, and how many were answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from xml.etree.ElementTree import Element

from colonnade.drill.history import Operation, Result
from colonnade.drill.report.axis import Decades, Time, milliseconds, path, round_step
from colonnade.drill.report.bins import CELL, Bin, bins, cells, ends
from colonnade.drill.report.words import quantity
from colonnade.drill.timing import Gap
from colonnade.visual.svg import ACROSS, node, sheet, text

TITLE = 22.0
# Whole rows of cells.
LATENCY, ANSWERED, FAILED = 44.0 * CELL, 56.0, 22.0
FEET = 12.0
# Of the lines of percentiles; fewer than this many to a stretch would only follow the noise.
POINTS = 75
# Rates are told in these, in seconds; a longer drill has at most this many of them.
STRETCH, STRETCHES = 0.1, 1500
# What is held back comes at once when the fault is over, and would flatten all the rest.
CUT = 4


@dataclass(frozen=True, slots=True)
class Panel:
    """Part of a timeline: as wide as the timeline, `height` pixels high."""

    height: float
    nodes: tuple[Element, ...]


def latencies(
    title: str, short: str, operations: Sequence[Operation], time: Time, scale: Decades, gap: Gap | None
) -> Panel:
    """Each operation where it was due, up by how long it took; failures as strokes. `short` is for narrow screens."""
    good = [each for each in operations if each.result is Result.OK]
    bad = [each for each in operations if each.result is not Result.OK]
    drawn = sheet(
        TITLE, LATENCY, *_dots(good, time, scale), *_percentiles(good, time, scale), *_strokes(bad, time, scale)
    )
    marks = _gap(gap, time, TITLE + LATENCY - 10, "no write") if gap else ()
    return Panel(TITLE + LATENCY + FEET, (*_title(title, short), *_decades(scale), drawn, *marks))


def _title(words: str, short: str) -> tuple[Element, Element]:
    return text(words, 0, 13, "title halo wide"), text(short, 0, 13, "title halo narrow")


def _decades(scale: Decades) -> Iterable[Element]:
    for value in scale.ticks():
        yield from _level(TITLE + scale.y(value), milliseconds(value))


def _level(y: float, words: str) -> Iterable[Element]:
    yield node("line", class_="grid", x1=0, x2="100%", y1=f"{y:g}", y2=f"{y:g}")
    yield text(words, -8, f"{y + 4:g}", "scale", "end")


def _dots(operations: Sequence[Operation], time: Time, scale: Decades) -> Iterable[Element]:
    for level, runs in cells(operations, time, scale).items():
        told = "".join(f"M{CELL * x + 1} {CELL * y}v{CELL * rows}" for x, y, rows in runs)
        if told:
            yield node("path", class_=f"dots level{level}", d=told)


def _percentiles(operations: Sequence[Operation], time: Time, scale: Decades) -> Iterable[Element]:
    found = bins(operations, time, round_step((time.end - time.start) / POINTS))
    for class_ in ("p99", "p50"):
        yield node("path", class_=f"line {class_}", d="".join(_pieces(found, class_, time, scale)))


def _pieces(found: Sequence[Bin], name: str, time: Time, scale: Decades) -> Iterable[str]:
    """Steps, for a slope would begin before the fault does; a piece for each stretch of bins that have the value."""
    points: list[tuple[float, float]] = []
    for each in found:
        value = getattr(each, name)
        if value is not None:
            points += [(time.unit(at), scale.y(value)) for at in (each.start, each.start + each.seconds)]
        elif points:
            yield path(points)
            points = []
    yield path(points)


def _strokes(operations: Sequence[Operation], time: Time, scale: Decades) -> Iterable[Element]:
    """As far apart as they can be told apart."""
    places = {(int(time.unit(e.scheduled)) // 2 * 2, int(scale.y(e.latency * 1000)) // 4 * 4) for e in operations}
    if places:
        yield node("path", class_="failures", d="".join(f"M{x} {max(0, y - 4)}v8" for x, y in sorted(places)))


def _gap(gap: Gap, time: Time, y: float, nothing: str) -> Iterable[Element]:
    """A bracket under the time without success, wherever it is wide enough to be seen."""
    left, right, middle = (time.percent(at) for at in (gap.start, gap.end, (gap.start + gap.end) / 2))
    if time.share(gap.end) - time.share(gap.start) < 0.004:
        return
    for x in (left, right):
        yield node("line", class_="gap", x1=x, x2=x, y1=f"{y - 5:g}", y2=f"{y + 5:g}")
    yield node("line", class_="gap", x1=left, x2=right, y1=f"{y:g}", y2=f"{y:g}")
    share = time.share((gap.start + gap.end) / 2)
    anchor, x = ("start", left) if share < 0.2 else ("end", right) if share > 0.8 else ("middle", middle)
    yield text(f"{nothing} for {quantity(gap.seconds, 's')}", x, f"{y - 8:g}", "gap halo", anchor)


def answers(operations: Sequence[Operation], time: Time, gap: Gap | None) -> Panel:
    """How many requests were answered, up, and how many failed, down, in stretches of 100 ms."""
    seconds = max(STRETCH, round_step((time.end - time.start) / STRETCHES))
    good = ends((each for each in operations if each.result is Result.OK), time, seconds)
    bad = ends((each for each in operations if each.result is not Result.OK), time, seconds)
    top = max(1, min(max(good), CUT * int(median([count for count in good if count] or [1]))))
    cut = f"; at most {max(good):,}, cut off at {top:,}" if max(good) > top else ""
    up, down = (_steps(counts, time, seconds, top, way) for counts, way in ((good, -1), (bad, 1)))
    drawn = sheet(
        TITLE, ANSWERED + FAILED, node("path", class_="answered", d=up), node("path", class_="failed", d=down)
    )
    each = milliseconds(seconds * 1000)
    title = _title(f"Pages answered in each {each}, failures below the line{cut}", f"Pages answered in each {each}")
    levels = (*_level(TITLE, f"{top:,}"), *_level(TITLE + ANSWERED, "0"))
    marks = _gap(gap, time, TITLE + ANSWERED - 10, "no page") if gap else ()
    return Panel(TITLE + ANSWERED + FAILED + FEET, (*title, *levels, drawn, *marks))


def _steps(counts: Sequence[int], time: Time, seconds: float, top: int, way: int) -> str:
    """An area with a step for each stretch, from the line up (-1) or down (1) to the edge of its part at most."""
    width, room = ACROSS * seconds / (time.end - time.start), ANSWERED if way < 0 else FAILED
    told, height = [f"M0 {ANSWERED:g}"], 0.0
    for count in counts:
        new = way * min(room, ANSWERED * count / top)
        told.append(f"v{new - height:.1f}h{width:.3f}" if new != height else f"h{width:.3f}")
        height = new
    return f"{''.join(told)}V{ANSWERED:g}z"
