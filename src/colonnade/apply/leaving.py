"""Who leaves: servers that are no longer in the spec, and roles that a server no longer has. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from colonnade.apply.draining import drains_of, of_components
from colonnade.apply.plan import make_plan
from colonnade.apply.roster import in_order, merged, remembered
from colonnade.components import discover
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.drain import Drain
from colonnade.model.farewell import Farewell
from colonnade.model.plan import RETIRE, Change, Plan
from colonnade.model.site import Server, Site

# What a server had before it was ours, and needs afterwards: its hosts file, sshd, its clock.
KEPT_RUNNING = ("base",)
# What makes a server let others in.
DOORS = ("base", "nftables")


@dataclass(frozen=True)
class Leave:
    """One server's leave from the site, or from some of its roles."""

    server: Server
    """With the roles that it had."""
    gone: bool
    """It has left the spec altogether."""
    components: tuple[str, ...]
    """What leaves, in the order in which it is stopped."""
    stops: tuple[Change, ...] = ()
    """Empty where nothing runs any more, or nobody answers."""
    drains: tuple[Drain, ...] = ()
    farewells: tuple[Farewell, ...] = ()
    last: tuple[Change, ...] = ()
    """What is taken off the server itself once the others have no use for it."""


def was(site: Site, actual: Mapping[str, Actual]) -> dict[str, Server]:
    """Servers that had more than the spec gives them now, by name.

    UserError for a server that the spec calls by another name now: it would be taken for one that left.
    """
    addresses = {server.address: server.name for server in site.servers}
    found = {}
    for name, server in remembered(actual).items():
        now = site.by_name.get(name)
        if now is None and server.address in addresses:
            text = f"{server.address} is {addresses[server.address]} now and was {name} at the last apply"
            raise UserError(name, text, f"take {name} out of the spec, apply, then add it under its new name")
        if now is None or server.roles - now.roles:
            found[name] = server
    return found


def wider(site: Site, actual: Mapping[str, Actual]) -> Site:
    """The site with those that leave still in it, for as long as something of theirs runs."""
    leaving = {name: server for name, server in was(site, actual).items() if _runs(site, server, actual)}
    servers = {s.name: merged(s, leaving[s.name]) if s.name in leaving else s for s in site.servers}
    names = in_order(site.servers, remembered(actual))
    return replace(
        site, servers=tuple({**leaving, **servers}[name] for name in names if name in {**leaving, **servers})
    )


def _runs(site: Site, server: Server, actual: Mapping[str, Actual]) -> bool:
    if server.name not in actual:
        return False
    units = actual[server.name].manifest["units"].values()
    return bool(set(_components(site, server)) & {unit["component"] for unit in units if unit["running"]})


def _components(site: Site, server: Server) -> list[str]:
    """What leaves the server."""
    now = site.by_name.get(server.name)
    leaving = (c for c in discover().values() if c.on(server) and not (now and c.on(now)))
    return [component.name for component in leaving if component.name not in KEPT_RUNNING]


def welcome(wide: Design, final: Design, actual: Mapping[str, Actual]) -> Plan:
    """Before anybody leaves, those that come have their place. Whoever leaves lets them in: one of them may lead etcd,
    or be the primary. Nothing else is done there: on a rerun some of it has been stopped for good."""
    made = make_plan(wide, {name: each for name, each in actual.items() if name in wide.servers})
    wanted = (c for c in made.changes if c.server in final.servers or (c.component in DOORS and not c.stops))
    return replace(made, changes=tuple(wanted))


def leaves(wide: Design, final: Design, actual: Mapping[str, Actual]) -> tuple[Leave, ...]:
    """`wide` still has those that leave, `final` has not."""
    site = final.layout.site
    return tuple(_leave(wide, final, server, actual.get(name)) for name, server in was(site, actual).items())


def _leave(wide: Design, final: Design, server: Server, actual: Actual | None) -> Leave:
    site = final.layout.site
    ranked = [name for phase in reversed(wide.order) for name in phase]
    components = tuple(name for name in ranked if name in _components(site, server))
    gone = server.name not in site.by_name
    drains = of_components(drains_of(wide.layout, server), components) if server.name in wide.servers else ()
    farewells = [f for name in components for f in discover()[name].farewells(final.layout, server)]
    stops = tuple(_stops(server, components, actual)) if actual else ()
    last = tuple(_last(server, gone, components, actual)) if actual else ()
    return Leave(server, gone, components, stops, drains if stops else (), tuple(farewells), last)


def _stops(server: Server, components: tuple[str, ...], actual: Actual) -> Iterator[Change]:
    for component in components:
        for name, known in sorted(actual.manifest["units"].items()):
            if known["component"] == component:
                step = {"op": "unit", "component": component, "name": name, "action": "stop", "forget": True}
                yield Change(server.name, component, "stop", name, "none, drained before", stops=True, step=step)


def _last(server: Server, gone: bool, components: tuple[str, ...], actual: Actual) -> Iterator[Change]:
    data = [path for name in components for path in discover()[name].leftovers]
    step = {"component": "base", "data": data, "name": server.name, "address": server.address}
    if gone:
        count = len(actual.manifest["files"])
        yield Change(server.name, RETIRE, "remove", f"all {count} files of the site", step={"op": "retire", **step})
    elif data:
        yield Change(
            server.name, RETIRE, "remove", f"data of {', '.join(components)}", step={"op": "put-aside", **step}
        )


def described(leave: Leave) -> tuple[Change, ...]:
    """A leave as the lines of a plan."""
    name, lost = leave.server.name, "" if leave.last or not leave.gone else "it cannot be reached: "
    told = [
        Change(name, d.component, "drain", f"at {d.on}", "none, what is in flight ends first") for d in leave.drains
    ]
    told += [*leave.stops]
    told += [Change(name, f.component, "forget", f.text, f"{lost}none for the others") for f in leave.farewells]
    if lost and not leave.farewells:
        told.append(Change(name, RETIRE, "forget", name, f"{lost}switch it off for good"))
    return (*told, *leave.last)
