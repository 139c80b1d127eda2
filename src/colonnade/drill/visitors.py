"""The load of a drill: what visitors of the site's application do all the while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.load import Load, Request, Stream, Visitors
from colonnade.model.app import App
from colonnade.model.site import Site

# Of the reads: half over HTTP/2 as browsers do, most of the rest over connections that stay open, and some that connect
# anew, which alone are sure to notice at once that nobody listens any more.
H2, KEPT, NEW = 0.5, 0.4, 0.1
WRITES = 0.2
VISITORS = 6
# A request that waits for a new primary is held for up to 60 s; it is slow, and not failed.
PATIENCE = 70.0


def load(site: Site, app: App, ca_cert: str, origin: float, seed: int) -> Load:
    """Everything that one drill asks for through the virtual addresses, until it is stopped."""
    return Load(
        domain=site.hosts_of(app)[0],
        addresses=tuple(vip.address for vip in site.vips),
        ca_cert=ca_cert,
        origin=origin,
        streams=(*_reads(app), *_writes(app)),
        visitors=_sessions(app),
        seed=seed,
    )


def _reads(app: App) -> Iterator[Stream]:
    page = Stream(
        kind="http.get", path=app.drill.read or app.health, rate=app.drill.rate, arrivals="jitter", timeout=PATIENCE
    )
    yield replace(page, rate=page.rate * H2, protocol="h2")
    yield replace(page, rate=page.rate * KEPT)
    yield replace(page, rate=page.rate * NEW, connection="new")


def _writes(app: App) -> Iterator[Stream]:
    if not app.drill.write:
        return
    page = Stream(
        kind="http.post",
        path=app.drill.write,
        method="POST",
        body_template=app.drill.body,
        rate=app.drill.rate * WRITES,
        arrivals="jitter",
        timeout=PATIENCE,
    )
    yield replace(page, rate=page.rate / 2, protocol="h2")
    yield replace(page, rate=page.rate / 2)


def _sessions(app: App) -> tuple[Visitors, ...]:
    if not app.drill.session:
        return ()
    capture = f"json.{app.drill.counter}"
    visit = Request(kind="session.write", path=app.drill.session, capture=capture, changes=True, timeout=PATIENCE)
    return (Visitors(steps=(visit,), count=VISITORS),)


def as_session(visit: Operation) -> tuple[Operation, ...]:
    """A page that counts visits reads the session and then writes it: one answer is both."""
    if visit.kind != "session.write" or visit.result is not Result.OK or not isinstance(visit.value, int):
        return (visit,)
    found = visit.value - 1 or None
    return (replace(visit, kind="session.read", value=found), visit)
