"""The last 15 minutes as lines: requests, errors, latencies. Where nobody saw anything, the line has a hole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from colonnade.dashboard.snapshot import Event, Point, Snapshot
from colonnade.dashboard.words import clock, milliseconds, number
from colonnade.visual.svg import ACROSS, node, picture, sheet, text

SPAN = 900.0
HEIGHT, TOP, FOOT = 74.0, 8.0, 18.0
# A hole in the line where two points are farther apart.
HOLE = 45.0
STEP = 300.0
# Shown as strokes in every chart; others would only be noise there.
MARKED = ("deploy", "apply", "drill", "failover", "lost")


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    class_: str
    of: Callable[[Point], float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture, and its latest numbers in words."""

    key: str
    title: str
    now: str
    svg: Markup
    empty: bool


def charts(snap: Snapshot) -> tuple[Chart, ...]:
    last = snap.flow[-1] if snap.flow and snap.at - snap.flow[-1].at < HOLE else None
    requests = Line("requests", "requests", lambda point: point.requests)
    errors = Line("errors", "errors", lambda point: point.errors)
    p50, p99 = Line("p50", "p50", lambda point: point.p50), Line("p99", "p99", lambda point: point.p99)
    return (
        _chart(snap, "requests", "Requests", _rate(last.requests if last else None), (requests,), number),
        _chart(snap, "errors", "Errors", _errors(last), (errors,), number),
        _chart(snap, "latency", "Latency", _latency(last), (p50, p99), milliseconds),
    )


def _rate(value: float | None) -> str:
    return "unknown" if value is None else f"{number(value)}/s"


def _errors(last: Point | None) -> str:
    if last is None or last.errors is None or last.requests is None:
        return "unknown"
    share = 100 * last.errors / last.requests if last.requests else 0.0
    return f"{share:.2g} %, {number(last.errors)}/s" if last.errors else "none"


def _latency(last: Point | None) -> str:
    if last is None or (last.p50 is None and last.p99 is None):
        return "unknown"
    return f"p50 {milliseconds(last.p50)}, p99 {milliseconds(last.p99)}"


def _chart(
    snap: Snapshot, key: str, title: str, now: str, lines: Sequence[Line], written: Callable[[float], str]
) -> Chart:
    start = snap.at - SPAN
    points = [point for point in snap.flow if point.at >= start]
    values = [value for line in lines for point in points if (value := line.of(point)) is not None]
    top = ceiling(max(values, default=0.0))
    inside = [*_grid(top, written), *_hours(start), _marks(snap.events, start)]
    inside.append(sheet(TOP, HEIGHT, *(_drawn(line, points, start, top) for line in lines)))
    told = f"{title} of the last 15 minutes, now {now}." + ("" if values else " Nothing was measured.")
    whole = picture(f"chart-{key}", title, told, inside, height=f"{TOP + HEIGHT + FOOT:g}")
    return Chart(key, title, now, whole, not values)


def ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, …: a scale that does not jump with every request."""
    if value <= 0:
        return 1.0
    power = 1e-9
    while True:
        for step in (1, 2, 5):
            if step * power >= value:
                return step * power
        power *= 10


def _grid(top: float, written: Callable[[float], str]) -> Iterable[Element]:
    for share in (0.0, 0.5, 1.0):
        y = TOP + HEIGHT * (1 - share)
        yield node("line", class_="grid", x1=0, x2="100%", y1=f"{y:g}", y2=f"{y:g}")
    yield text(written(top), 2, TOP + 11, "scale halo")


def _hours(start: float) -> Iterable[Element]:
    first = start - start % STEP + STEP
    for at in (first, first + STEP, first + 2 * STEP):
        yield text(clock(at)[:5], f"{100 * (at - start) / SPAN:.1f}%", TOP + HEIGHT + 14, "scale", "middle")


def _marks(events: Iterable[Event], start: float) -> Element:
    found = [event for event in events if event.kind in MARKED and event.at >= start]
    return node("g", *(_mark(event, start) for event in found[:40]))


def _mark(event: Event, start: float) -> Element:
    x = f"{100 * (event.at - start) / SPAN:.2f}%"
    name = node("title", f"{clock(event.at)} {event.text}")
    return node("line", name, class_=f"mark {event.kind}", x1=x, x2=x, y1=TOP, y2=f"{TOP + HEIGHT:g}")


def _drawn(line: Line, points: Sequence[Point], start: float, top: float) -> Element:
    shape, last = list[str](), None
    for point in points:
        value = line.of(point)
        if value is None:
            last = None
            continue
        joined = last is not None and point.at - last < HOLE
        x, y = ACROSS * (point.at - start) / SPAN, HEIGHT * (1 - value / top)
        shape.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}")
        last = point.at
    return node("path", class_=f"line {line.class_}", d="".join(shape))
