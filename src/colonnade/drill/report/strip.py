"""A measure as a strip: every run a dot, their spread a line, what is judged a bar, the budget a dashed line."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from colonnade.drill.outcome import Spread
from colonnade.visual.svg import node

WIDTH, HEIGHT, EDGE = 120.0, 16.0, 4.0
# The end of the scale must not be taken for the budget.
BEYOND = 1.1


def strip(spread: Spread) -> Markup:
    """Hidden from those who listen to the page: the numbers stand beside it. Empty where there is no budget."""
    if not spread.seen or spread.limit is None:
        return Markup()
    drawn = _drawn(spread, spread.limit, max(spread.limit, spread.seen[-1]) * BEYOND or 1.0)
    whole = node("svg", *drawn, class_="strip", viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", aria_hidden="true")
    return Markup(tostring(whole, encoding="unicode"))  # noqa: S704  escaped by ElementTree


def _drawn(spread: Spread, limit: float, full: float) -> Iterable[Element]:
    middle, bar = HEIGHT / 2, _x(spread.judged or 0.0, full)
    yield node("line", class_="scale", x1=f"{EDGE:g}", x2=f"{WIDTH - EDGE:g}", y1=middle, y2=middle)
    low, high = (f"{_x(value, full):.1f}" for value in (spread.seen[0], spread.seen[-1]))
    yield node("line", class_="range", x1=low, x2=high, y1=middle, y2=middle)
    for value in spread.seen:
        yield node("circle", cx=f"{_x(value, full):.1f}", cy=middle, r=2.5)
    yield node("line", class_=f"judged {spread.verdict}", x1=f"{bar:.1f}", x2=f"{bar:.1f}", y1=2, y2=HEIGHT - 2)
    at = f"{_x(limit, full):.1f}"
    yield node("line", class_="limit", x1=at, x2=at, y1=0, y2=HEIGHT)


def _x(value: float, full: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * value / full
