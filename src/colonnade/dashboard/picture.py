"""The site as a picture: on a wide screen from left to right with every way, on a narrow one from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from colonnade.dashboard.graph import Group, Node, groups, worst_first
from colonnade.dashboard.snapshot import Snapshot, Way
from colonnade.dashboard.words import SHAPES, WORDS, per_second
from colonnade.model.observation import Status
from colonnade.model.site import Role
from colonnade.visual.svg import node, picture, text

# Boxes of two lines; an IPv4 address in bold needs the width.
BOX, HIGH = 150.0, 46.0
GAP, SPACE, HEAD = 86.0, 12.0, 26.0
# A column of more makes a picture nobody reads; the table names all.
MOST = 6
# The mean width of a letter at 13 px bold and 11.5 px.
LETTER, SMALL = 7.4, 6.1
# Strokes between the thinnest way and the one with the most requests.
THIN, THICK = 1.25, 6.0
COLUMNS: tuple[tuple[str, ...], ...] = (
    ("vip",),
    (Role.LB,),
    (Role.WEB,),
    (Role.APP,),
    (Role.DB, Role.CACHE),
)
BESIDE = (Role.ETCD, Role.MONITOR)
NARROW = 360.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A node in its place."""

    node: Node
    x: float
    y: float
    width: float


def wide(snap: Snapshot) -> Markup:
    by_key = {group.key: group for group in groups(snap)}
    columns = [[by_key[key] for key in keys if key in by_key] for keys in COLUMNS]
    beside = [by_key[key] for key in BESIDE if key in by_key]
    strip = HEAD + HIGH + 2 if beside else 0.0
    tall = max(_height(columns[-1]), max(_height(column) for column in columns[:-1]) + strip)
    # The last column is as high as the picture; what no request passes stands below the others.
    spots, heads = _columns(columns[:-1], 0.0, tall - strip)
    last, titles = _columns(columns[-1:], (len(columns) - 1) * (BOX + GAP), tall)
    more, names = _strip(beside, tall - strip)
    every = {spot.node.id: spot for spot in (*spots, *last, *more)}
    inside = [*_ways(snap.ways, every), *heads, *titles, *names, *(_box(spot) for spot in every.values())]
    return _whole("wide", snap, inside, len(COLUMNS) * (BOX + GAP) - GAP + 34, tall)


def narrow(snap: Snapshot) -> Markup:
    """Tiers below each other; between them, how much goes on."""
    top, inside, before = 0.0, list[Element](), ""
    for group in groups(snap):
        if before and group.key not in BESIDE:
            inside.append(_arrow(top, group.rate))
            top += 26
        inside.append(text(group.title, 0, f"{top + 14:g}", "tier"))
        spots = list(_rows(group, top + 20))
        inside += [_box(spot) for spot in spots]
        top, before = spots[-1].y + HIGH + 8, group.key
    return _whole("narrow", snap, inside, NARROW, top)


def _whole(id_: str, snap: Snapshot, inside: Iterable[Element], width: float, height: float) -> Markup:
    # A group, no image: its nodes are links to the table's rows.
    return picture(
        f"picture-{id_}", f"Servers of {snap.outline.name}", "Each server is a link to its row in the table below.",
        inside, role="group", viewBox=f"0 0 {width:g} {height:g}", class_=id_,
    )  # fmt: skip


def _height(column: Sequence[Group]) -> float:
    return sum(HEAD + len(_shown(group.nodes)) * (HIGH + SPACE) for group in column)


def _columns(columns: Sequence[Sequence[Group]], left: float, tall: float) -> tuple[list[Spot], list[Element]]:
    """Each in the middle of its height; over the gap before a tier, how much goes into it."""
    spots, heads = list[Spot](), list[Element]()
    for number, column in enumerate(columns):
        x, y = left + number * (BOX + GAP), (tall - _height(column)) / 2
        for group in column:
            heads.append(text(group.title, f"{x:g}", f"{y + 15:g}", "tier halo"))
            if group.rate is not None:
                heads.append(text(per_second(group.rate), f"{x - GAP / 2:g}", f"{y + 15:g}", "rate halo", "middle"))
            for count, each in enumerate(_shown(group.nodes)):
                spots.append(Spot(each, x, y + HEAD + count * (HIGH + SPACE), BOX))
            y += HEAD + len(_shown(group.nodes)) * (HIGH + SPACE)
    return spots, heads


def _strip(beside: Sequence[Group], top: float) -> tuple[list[Spot], list[Element]]:
    """What no request passes: one row below the columns."""
    spots, titles, x = list[Spot](), list[Element](), 0.0
    for group in beside:
        titles.append(text(group.title, f"{x:g}", f"{top + 15:g}", "tier"))
        for each in _shown(group.nodes, 3):
            spots.append(Spot(each, x, top + HEAD, BOX))
            x += BOX + SPACE
        x += SPACE
    return spots, titles


def _rows(group: Group, top: float) -> Iterable[Spot]:
    nodes = _shown(group.nodes)
    across = 2 if group.key == "vip" or len(nodes) in (2, 4) else 3
    width = (NARROW - (across - 1) * 6) / across
    for count, each in enumerate(nodes):
        yield Spot(each, count % across * (width + 6), top + count // across * (HIGH + 6), width)


def _shown(nodes: Sequence[Node], most: int = MOST) -> list[Node]:
    if len(nodes) <= most:
        return list(nodes)
    kept = worst_first(nodes)[: most - 1]
    rest = [each for each in nodes if each not in kept]
    state = Status.OK if all(each.state is Status.OK for each in rest) else Status.DEGRADED
    return [*kept, Node(f"more:{nodes[0].id}", f"{len(rest)} more", state, "see the table")]


def _ways(ways: Iterable[Way], spots: Mapping[str, Spot]) -> Iterable[Element]:
    most = max((way.rate for way in ways if way.rate), default=0.0)
    for way in ways:
        if way.source in spots and way.target in spots:
            yield _way(way, spots[way.source], spots[way.target], most)


def _way(way: Way, source: Spot, target: Spot, most: float) -> Element:
    y, to = source.y + HIGH / 2, target.y + HIGH / 2
    if way.replication:
        # Beside the column, so that it crosses nothing.
        x, out = source.x + BOX, 12 + abs(to - y) / 16
        shape = f"M{x:g} {y:g}c{out:g} 0 {out:g} {to - y:g} 0 {to - y:g}"
    else:
        x, end = source.x + source.width, target.x
        shape = f"M{x:g} {y:g}C{x + GAP / 2:g} {y:g} {end - GAP / 2:g} {to:g} {end:g} {to:g}"
    stroke = THIN + (THICK - THIN) * (way.rate / most if way.rate and most else 0.0)
    kind = "replication" if way.replication else "way idle" if way.rate is not None and way.rate < 0.05 else "way"
    return node("path", node("title", told(way)), class_=f"{kind} {way.state}", d=shape, stroke_width=f"{stroke:.2f}")


def told(way: Way) -> str:
    """`lb1 to web1: 34 requests/s`."""
    ends = f"{way.source.partition(':')[2]} to {way.target.partition(':')[2]}"
    rate = "" if way.rate is None else per_second(way.rate)
    state = "" if way.state is Status.OK else WORDS[way.state]
    return f"{ends}: {', '.join(part for part in (state, rate, way.text) if part) or 'open'}"


def _arrow(top: float, rate: float | None) -> Element:
    middle = NARROW / 2
    line = node("path", class_="arrow", d=f"M{middle:g} {top:g}v18m-4 -4l4 4l4 -4")
    words = per_second(rate) if rate is not None else ""
    return node("g", line, text(words, f"{middle + 12:g}", f"{top + 13:g}", "rate"))


def _box(spot: Spot) -> Element:
    each, words = spot.node, WORDS[spot.node.state]
    inside = [
        node("rect", class_="box", width=f"{spot.width:g}", height=f"{HIGH:g}", rx=5),
        node("use", href=f"#{SHAPES[each.state]}", x=9, y=8, width=14, height=14, class_="sign"),
        text(_short(each.name, spot.width - 34 - (20 if each.leader else 0), LETTER), 29, 19.5, "server"),
        text(_short(each.word, spot.width - 18, SMALL), 9, 37, "word"),
    ]
    if each.leader:
        inside.append(node("use", href="#leader", x=f"{spot.width - 24:g}", y=7, width=16, height=16, class_="crown"))
    inside.append(node("title", f"{each.name}: {words}, {each.word}"))
    place = f"translate({spot.x:g} {spot.y:g})"
    if each.id.startswith(("vip:", "more:")):
        return node("g", *inside, class_=f"node {each.state}", transform=place)
    label = f"{each.name}: {words}, {each.word}"
    target = f"#server-{each.name}"
    return node("a", *inside, class_=f"node {each.state}", transform=place, href=target, aria_label=label)


def _short(words: str, width: float, letter: float) -> str:
    most = max(2, int(width / letter))
    return words if len(words) <= most else words[: most - 1] + "…"
