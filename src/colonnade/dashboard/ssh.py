"""What the operator's computer sees over SSH, and from outside as a visitor would."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from colonnade.components.admin_socket import BALANCER
from colonnade.components.endpoints import SOCKET as ENDPOINTS
from colonnade.dashboard.haproxy import EDGE, Counts, counts, ways
from colonnade.dashboard.history import Ask, History
from colonnade.dashboard.prometheus import merged
from colonnade.dashboard.snapshot import Load, Look, Point, Source, Way
from colonnade.model.layout import Layout
from colonnade.model.observation import Reading
from colonnade.model.site import Role, Server, host_port
from colonnade.observe.outside import look_from_outside
from colonnade.observe.probing import probes_of
from colonnade.observe.watching import Watched, watching

SHOW_STAT = "show stat"
# As often a visitor's request is made to each virtual address; two handshakes a second are nothing to a balancer.
OUTSIDE_EVERY = 1.0
# Points of the charts: 15 minutes of 5 s.
POINT_EVERY = 5.0
KEPT = 200
CURL_SECONDS = 6.0


@dataclass
class OverSsh:
    """Everything that can be seen without a monitor."""

    layout: Layout
    servers: tuple[Watched, ...]
    history: History
    outside: tuple[Reading, ...] = ()
    outside_at: float | None = None
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=KEPT))
    _totals: dict[str, tuple[int, int]] = field(default_factory=dict)
    _counted: float = 0.0

    def look(self) -> Look:
        """Put together from what was heard last; asks nobody."""
        now = time.time()
        told_before = self.history.fresh(now)
        seen = {each.server.name: each.readings() for each in self.servers}
        told = {each.server.name: _counts(each) for each in self.servers if not each.silent() and each.beats}
        self._count(now, told)
        return Look(
            at=now,
            readings=seen,
            outside=self.outside,
            ways=tuple(_ways(self.servers, told)),
            loads={each.server.name: load(each) for each in self.servers if not each.silent()},
            flow=merged(tuple(self.points), told_before.flow if told_before else ()),
            alerts=told_before.alerts if told_before else None,
            events=told_before.events if told_before else (),
            sources=(*self._sources(now), self.history.source(now)),
        )

    def _count(self, now: float, told: dict[str, list[tuple[Counts, Counts]]]) -> None:
        """One more point of the charts, when it is time."""
        if now - self._counted < POINT_EVERY:
            return
        totals = {name: edge for name, pairs in told.items() for _, after in pairs if (edge := _edge(after))}
        both, seconds = totals.keys() & self._totals.keys(), now - self._counted
        if both and seconds < 3 * POINT_EVERY:
            requests, errors = (sum(_since(self._totals[name][n], totals[name][n]) for name in both) for n in (0, 1))
            self.points.append(Point(now, requests / seconds, errors / seconds))
        self._totals, self._counted = totals, now

    def _sources(self, now: float) -> Iterable[Source]:
        silent = [each.server.name for each in self.servers if each.silent()]
        word = f"nothing from {', '.join(silent)}" if silent else ""
        yield Source("Servers over SSH", None if len(silent) == len(self.servers) else now, word)
        yield Source("The site from outside, as a visitor", self.outside_at, "" if self.outside else "not asked yet")


def sockets(server: Server) -> tuple[tuple[str, str], ...]:
    found = [BALANCER] if server.has(Role.LB) else []
    if server.has(Role.WEB) or server.has(Role.APP):
        found.append(ENDPOINTS)
    return tuple((path, SHOW_STAT) for path in found)


@asynccontextmanager
async def over_ssh(layout: Layout) -> AsyncIterator[OverSsh]:
    servers = tuple(Watched(server, probes_of(layout, server), sockets(server)) for server in layout.site.servers)
    monitors = [(each.server.name, asker(layout, each)) for each in servers if each.server.has(Role.MONITOR)]
    seen = OverSsh(layout, servers, History(monitors if layout.offers("prometheus", "web") else ()))
    async with watching(servers, layout.site.access):
        asking = [asyncio.create_task(work) for work in (_ask_outside(seen), seen.history.keep())]
        try:
            yield seen
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


def asker(layout: Layout, monitor: Watched) -> Ask:
    """Asks a monitor's own Prometheus, there: sshd forwards no ports, and nobody else may reach it."""

    async def ask(paths: Sequence[str]) -> Sequence[str | None]:
        output = await monitor.run(curl(layout, monitor.server, paths), CURL_SECONDS)
        lines = output.text.split("\n") if output else []
        return [line or None for line in (*lines, *("" for _ in paths))][: len(paths)]

    return ask


def curl(layout: Layout, server: Server, paths: Sequence[str]) -> str:
    """One process and one connection for all pages; each body in a line of its own, empty where it cannot be had."""
    tls = layout.certificate("prometheus", server)
    port = next(one.port for one in layout.offers("prometheus", "web") if one.server == server.name)
    root = f"https://{host_port(server.address, port)}"
    show = f"--cacert {tls.ca_path} --cert {tls.certificate_path} --key {tls.key_path}"
    return f"curl -s -m 5 -w '\\n' {show} {' '.join(shlex.quote(root + path) for path in paths)}"


async def _ask_outside(seen: OverSsh) -> None:
    while True:
        seen.outside = await look_from_outside(seen.layout.site, seen.layout.vault.ca_cert)
        seen.outside_at = time.time()
        await asyncio.sleep(OUTSIDE_EVERY)


def load(each: Watched) -> Load:
    """Of all its processors together, since a few seconds."""
    before, after = each.beats or (None, None)
    if not before or not after or before.cpu is None or after.cpu is None or after.remote <= before.remote:
        return Load()
    return Load(cpu=100 * (after.cpu - before.cpu) / 1e6 / (after.remote - before.remote) / after.cpus)


def _counts(each: Watched) -> list[tuple[Counts, Counts]]:
    """Of each HAProxy on the server, as of two beats. One that cannot be understood is left out."""
    found: list[tuple[Counts, Counts]] = []
    for before, after in zip(*(beat.stats for beat in each.beats or ()), strict=True):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            found.append((counts(before or ""), counts(after or "")))
    return found


def _ways(servers: Iterable[Watched], told: dict[str, list[tuple[Counts, Counts]]]) -> Iterable[Way]:
    for each in servers:
        for before, after in told.get(each.server.name, ()):
            beats = each.beats
            seconds = beats[1].remote - beats[0].remote if beats else 0.0
            yield from ways(each.server.name, [str(role) for role in each.server.roles], before, after, seconds)


def _edge(told: Counts) -> tuple[int, int] | None:
    """Requests and errors that a balancer has answered so far."""
    count = told.get((EDGE, "FRONTEND"))
    return (count.total, count.errors) if count else None


def _since(before: int, after: int) -> int:
    return after - before if after >= before else after
