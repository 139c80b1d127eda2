"""The site as a picture: the way of a request from top to bottom, with what was broken crossed out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from colonnade.drill.history import History
from colonnade.model.site import Role, Site
from colonnade.visual.svg import moved, node, picture, text

WIDTH, HIGH, SPACE = 480.0, 26.0, 6.0
# The narrowest and the widest box; an address needs the widest.
BOX, WIDEST = 70.0, 130.0
HEAD, ARROW = 22.0, 18.0
# More would make a picture nobody reads; the table beside it names all.
MOST_ROWS = 2
# The mean width of a letter at 12 px, bold.
LETTER = 7.0
TIERS = {
    Role.LB: "Load balancers: HAProxy, keepalived",
    Role.WEB: "Web servers: nginx",
    Role.APP: "App servers: app, PgBouncer",
    Role.DB: "Database: PostgreSQL",
    Role.CACHE: "Cache: Valkey",
    Role.ETCD: "Votes on who leads: etcd",
}
# What of a server a component's fault breaks; any other component's takes the whole server.
ROLES = {
    "haproxy": Role.LB, "keepalived": Role.LB, "nginx": Role.WEB, "app": Role.APP, "pgbouncer": Role.APP,
    "endpoints": Role.APP, "patroni": Role.DB, "valkey": Role.CACHE, "etcd": Role.ETCD,
}  # fmt: skip
NOT_A_SERVER = "operator"


@dataclass(frozen=True, slots=True)
class Tier:
    title: str
    names: tuple[str, ...]
    broken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Band:
    """A tier in its place."""

    tier: Tier
    x: float
    width: float

    @property
    def box(self) -> float:
        """As wide as there is room for, all of them in one row if they can."""
        return min(WIDEST, max(BOX, (self.width - SPACE) / len(self.tier.names) - SPACE))

    @property
    def columns(self) -> int:
        return int((self.width - SPACE) // (self.box + SPACE))

    @property
    def height(self) -> float:
        rows = min(MOST_ROWS, -(-len(self.tier.names) // self.columns))
        return HEAD + rows * (HIGH + SPACE)


def tiers(site: Site, history: History) -> tuple[Tier, ...]:
    """From the visitors inwards. A fault that was not made broke nothing."""
    made = [each for each in history.injections if each.injected is not None and each.component != NOT_A_SERVER]
    found = [Tier("Virtual addresses", tuple(vip.address for vip in site.vips), frozenset())]
    for role, title in TIERS.items():
        names = tuple(server.name for server in site.having(role))
        broken = frozenset(each.server for each in made if ROLES.get(each.component, role) is role)
        found.append(Tier(title, names, broken.intersection(names)))
    return tuple(tier for tier in found if tier.names)


def topology(id_: str, site: Site, history: History) -> Markup:
    rows, top, inside = _rows(tiers(site, history)), 0.0, list[Element]()
    for count, row in enumerate(rows):
        # No request goes on to the voters.
        inside += [moved(top - ARROW, _arrow())] if count and row[0].tier.title != TIERS[Role.ETCD] else []
        inside.append(moved(top, _bands(row)))
        top += max(band.height for band in row) + ARROW
    top -= ARROW
    return picture(id_, f"Servers of {site.name}", describe(site, history), inside, viewBox=f"0 0 {WIDTH:g} {top:g}")


def describe(site: Site, history: History) -> str:
    found = tiers(site, history)
    told = ". ".join(f"{tier.title}: {', '.join(tier.names)}" for tier in found)
    broken = sorted({name for tier in found for name in tier.broken})
    return f"{told}. Broken: {', '.join(broken) or 'nothing'}."


def _rows(found: Sequence[Tier]) -> list[list[Band]]:
    """One tier below the other; database and cache, which the app asks, side by side."""
    by_title = {tier.title: tier for tier in found}
    beside = [by_title[TIERS[role]] for role in (Role.DB, Role.CACHE) if TIERS[role] in by_title]
    half = (WIDTH - SPACE) / 2
    row = [Band(tier, n * (half + SPACE), half if len(beside) > 1 else WIDTH) for n, tier in enumerate(beside)]
    rows = [[Band(tier, 0, WIDTH)] for tier in found if tier not in beside]
    votes = TIERS[Role.ETCD] in by_title
    return [each for each in (*rows[: len(rows) - votes], row, *rows[len(rows) - votes :]) if each]


def _arrow() -> Iterable[Element]:
    middle = WIDTH / 2
    yield node("path", class_="arrow", d=f"M{middle:g} 2v{ARROW - 7:g}m-4 -4l4 4l4 -4")


def _bands(row: Iterable[Band]) -> Iterable[Element]:
    for band in row:
        yield node("rect", class_="bed", x=f"{band.x:g}", y=0, width=f"{band.width:g}", height=f"{band.height:g}", rx=4)
        yield text(band.tier.title, f"{band.x + SPACE:g}", 15, "tier")
        yield from _boxes(band)


def _boxes(band: Band) -> Iterable[Element]:
    """Broken servers first where not all have room."""
    names, room = list(band.tier.names), band.columns * MOST_ROWS
    if len(names) > room:
        names = sorted(names, key=lambda name: name not in band.tier.broken)[: room - 1]
        names.append(f"+{len(band.tier.names) - len(names)} more")
    for count, name in enumerate(names):
        row, column = divmod(count, band.columns)
        wide = min(band.columns, len(names)) * (band.box + SPACE) - SPACE
        x = band.x + (band.width - wide) / 2 + column * (band.box + SPACE)
        yield from _box(name, x, HEAD + row * (HIGH + SPACE), band.box, name in band.tier.broken)


def _box(name: str, x: float, y: float, width: float, broken: bool) -> Iterable[Element]:
    place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{HIGH:g}"}
    yield node("rect", node("title", name), class_="box lost" if broken else "box", rx=3, **place)
    if broken:
        yield node("path", class_="cross", d=f"M{x:g} {y:g}l{width:g} {HIGH:g}M{x:g} {y + HIGH:g}l{width:g} -{HIGH:g}")
    most = int(width / LETTER)
    short = name if len(name) <= most else name[: most - 1] + "…"
    yield text(short, f"{x + width / 2:g}", f"{y + 17.5:g}", "server halo" if broken else "server", "middle")
