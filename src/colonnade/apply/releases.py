"""Which servers lack what the others of their role serve already. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from colonnade.components.endpoints import DRAINED as ENDPOINTS
from colonnade.components.endpoints import NAME as ENDPOINTS_UNIT
from colonnade.components.haproxy import DRAINED as EDGE
from colonnade.components.haproxy.maintenance import FILE as MAINTENANCE
from colonnade.model.actual import Actual
from colonnade.model.app import App
from colonnade.model.plan import RELEASE, Change
from colonnade.model.site import Role, Site

# By role: the unit that goes by the marks, and their files.
MARKS = {
    Role.LB: ("haproxy.service", (EDGE, MAINTENANCE)),
    Role.WEB: (ENDPOINTS_UNIT, (ENDPOINTS,)),
    Role.APP: (ENDPOINTS_UNIT, (ENDPOINTS,)),
}


def absent_releases(site: Site, actual: Mapping[str, Actual]) -> Iterator[Change]:
    """A change for each application and server without any release, where another server of its role has one."""
    for app in site.apps:
        # An application server has the whole release, a web server may have no more than the static files.
        found = {change.server: change for role in (Role.WEB, Role.APP) for change in _absent(site, app, role, actual)}
        yield from found.values()


def absent_marks(site: Site, actual: Mapping[str, Actual]) -> Iterator[Change]:
    """A balancer, web or app server that is new learns from an old one what is drained and in maintenance."""
    for role, (unit, paths) in MARKS.items():
        there = [s.name for s in site.having(role) if s.name in actual]
        old = [name for name in there if unit in actual[name].manifest["units"]]
        for name in (each for each in there if old and not actual[each].manifest["units"]):
            step = {"op": "ship-marks", "paths": paths, "source": old[0]}
            yield Change(name, RELEASE, "ship", f"what is drained, as on {old[0]}", step=step)


def _absent(site: Site, app: App, role: Role, actual: Mapping[str, Actual]) -> Iterator[Change]:
    having = {s.name: actual[s.name].releases.get(app.name, "") for s in site.having(role) if s.name in actual}
    live = Counter(release for release in having.values() if release).most_common(1)
    for name, release in having.items():
        if live and not release:
            sources = [other for other, theirs in having.items() if theirs == live[0][0]]
            step = {"op": "ship", "app": app.name, "release": live[0][0], "source": sources[0]}
            yield Change(name, RELEASE, "ship", f"release {live[0][0]} of {app.name}, as on {sources[0]}", step=step)
