"""Texts at moments, placed so that none covers another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from colonnade.drill.report.axis import Time
from colonnade.visual.svg import node, text

# The narrowest figure that still shows labels, and the mean width of a letter at 12 px; report.css has both.
WIDTH, LETTER = 820.0, 6.3
SPACE = 10.0
LINE = 16.0
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Label:
    at: float
    text: str
    short: str = ""
    """For a screen too narrow for the text; nothing when empty."""
    class_: str = "event"


@dataclass(frozen=True, slots=True)
class Placed:
    """A label, the row it lies in, and whether it lies to the left of its moment. Row None: no room, only its tick."""

    label: Label
    row: int | None
    left: bool = False


def place(labels: Iterable[Label], time: Time, rows: int) -> list[Placed]:
    """Each in the first row with room, to the right of its moment or else to the left."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(rows)]
    return [_fit(label, time, taken) for label in sorted(labels, key=lambda each: each.at)]


def _fit(label: Label, time: Time, taken: list[list[tuple[float, float]]]) -> Placed:
    at, width = WIDTH * time.share(label.at), SPACE + LETTER * len(_cut(label.text))
    for row, spans in enumerate(taken):
        for left, span in ((False, (at, at + width)), (True, (at - width, at))):
            if span[0] >= 0 and span[1] <= WIDTH and all(span[1] <= a or span[0] >= b for a, b in spans):
                spans.append(span)
                return Placed(label, row, left)
    return Placed(label, None)


def rows_used(placed: Iterable[Placed]) -> int:
    return max((each.row + 1 for each in placed if each.row is not None), default=1)


def draw(placed: Placed, time: Time, height: float) -> Element:
    """A tick, its text beside it, all of the text where a pointer rests on it."""
    label, x = placed.label, time.percent(placed.label.at)
    # Only beside its own text: a longer tick would strike through others.
    top, bottom = (height - 6, height - 1) if placed.row is None else (LINE * placed.row + 2, LINE * (placed.row + 1))
    inside = [node("title", label.text), node("line", x1=x, x2=x, y1=f"{top:g}", y2=f"{bottom:g}")]
    if placed.row is not None:
        inside.append(_words(_cut(label.text), placed, x, "wide" if label.short else "words"))
        inside += [_words(label.short, placed, x, "narrow")] if label.short else []
    return node("g", *inside, class_=label.class_)


def _words(words: str, placed: Placed, x: str, class_: str) -> Element:
    shifted = node("tspan", words, dx=-5 if placed.left else 5)
    made = text("", x, f"{LINE * (placed.row or 0) + 13:g}", class_, "end" if placed.left else "start")
    made.append(shifted)
    return made


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
