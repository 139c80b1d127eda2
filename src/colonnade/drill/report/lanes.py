"""What the daemons and the site's status said, in lanes below the load on the same axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from colonnade.drill.history import Event, History, Look
from colonnade.drill.report.axis import Time
from colonnade.drill.report.labels import LINE, Label, draw, place, rows_used
from colonnade.drill.report.plots import Panel
from colonnade.visual.svg import node, text

SOURCES = {
    "etcd": "etcd",
    "patroni": "Patroni",
    "postgresql": "PostgreSQL",
    "keepalived": "keepalived",
    "haproxy": "HAProxy",
    "sentinel": "Sentinel",
    "app": "app",
    "drill": "drill",
}
# Servers that see the same thing say so within this time; seconds.
TOGETHER = 1.0
MOST_ROWS = 4
STATUS = 25.0
# By height as well as by colour.
STATUS_HEIGHTS = {"serving": 2, "degraded": 5, "down": 9}


def lanes(history: History, time: Time) -> list[Panel]:
    """One for the status, then one for each source that said anything."""
    found = [_status(history.looks, time)] if history.looks else []
    for source in dict.fromkeys([*SOURCES, *(each.source for each in history.events)]):
        events = [each for each in history.events if each.source == source and time.start <= each.at <= time.end]
        found += [_lane(SOURCES.get(source, source), events, time)] if events else []
    return found


def silent(history: History) -> list[str]:
    """Daemons of which there is no event."""
    told = {each.source for each in history.events}
    watched = ("etcd", "patroni", "keepalived", "haproxy", "sentinel")
    return [SOURCES[source] for source in watched if source not in told]


def together(events: Iterable[Event]) -> list[Label]:
    """The same words of several servers at about the same time are one label that names them all."""
    found: list[list[Event]] = []
    for event in events:
        same = (group for group in found if group[0].text == event.text and event.at - group[0].at <= TOGETHER)
        if group := next(same, None):
            group.append(event)
        else:
            found.append([event])
    return [Label(group[0].at, f"{', '.join(_names(group))}: {group[0].text}") for group in found]


def _names(events: Iterable[Event]) -> list[str]:
    return sorted({each.server for each in events})


def _lane(name: str, events: Sequence[Event], time: Time) -> Panel:
    placed = place(together(events), time, MOST_ROWS)
    height = LINE * rows_used(placed) + 4
    return Panel(height + 6, (_bed(height), _name(name), *(draw(each, time, height) for each in placed)))


def _bed(height: float) -> Element:
    return node("rect", class_="bed", x=0, y=0, width="100%", height=f"{height:g}")


def _name(name: str) -> Element:
    return text(name, -8, 14, "name", "end")


def _status(looks: Sequence[Look], time: Time) -> Panel:
    ends = [*(each.at for each in looks[1:]), max(time.end, looks[-1].at)]
    told = [(each.verdict, each.at, end) for each, end in zip(looks, ends, strict=True) if each.at <= time.end]
    nodes = [_bed(STATUS), _name("status")]
    for verdict, group in groupby(told, key=lambda each: each[0]):
        stretch = list(group)
        nodes += _stretch(verdict, stretch[0][1], min(stretch[-1][2], time.end), time)
    return Panel(STATUS + 6, tuple(nodes))


def _stretch(verdict: str, start: float, end: float, time: Time) -> Iterable[Element]:
    height = STATUS_HEIGHTS.get(verdict, 5)
    left, share = time.percent(start), time.share(end) - time.share(start)
    box = {"x": left, "y": f"{STATUS - height:g}", "width": f"{100 * share:.2f}%", "height": height}
    yield node("rect", node("title", f"{verdict}, {start:.1f} to {end:.1f} s"), class_=f"status {verdict}", **box)
    if share > 0.08:
        words = text("", left, 12, "words" if share > 0.2 else "wide")
        words.append(node("tspan", verdict, dx=3))
        yield words
