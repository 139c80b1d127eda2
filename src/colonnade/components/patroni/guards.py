"""What Patroni does not see: a primary that stands still, and before its lease ends one whose server is lost."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.patroni.configuration import DATA, ETCD_PORT, SOCKETS
from colonnade.components.patroni.options import PatroniOptions
from colonnade.components.rendering import render
from colonnade.model.layout import Layout
from colonnade.model.resources import File, Package, Resource, Unit
from colonnade.model.site import Role, Server, host_port


def guards(layout: Layout, server: Server) -> Iterable[Resource]:
    """Two timers, each with a script; nothing of them runs in between."""
    members, options = layout.having(Role.DB), layout.site.option(PatroniOptions)
    if len(members) > 1:
        yield from _guard(layout, server, "canary")
    if options.fast_failover:
        yield from _guard(layout, server, "failover")


def _guard(layout: Layout, server: Server, name: str) -> Iterable[Resource]:
    script = f"/etc/colonnade/patroni/{name}"
    service, timer = (f"/etc/systemd/system/colonnade-{name}.{kind}" for kind in ("service", "timer"))
    context = {
        "server": server,
        "options": layout.site.option(PatroniOptions),
        "addresses": {each.name: each.address for each in layout.having(Role.DB)},
        "site": layout.site.name,
        "scope": f"/service/{layout.site.name}",
        "data": DATA,
        "sockets": SOCKETS,
        "tls": layout.certificate("patroni", server),
        "endpoints": ",".join(host_port(each.address, ETCD_PORT) for each in layout.having(Role.ETCD)),
    }
    yield Package("etcd-client")
    yield File(script, render("patroni", script, **context), mode=0o755)
    yield File(service, render("patroni", service, **context))
    yield File(timer, render("patroni", timer, **context))
    yield Unit(f"colonnade-{name}.timer", reload_on=(timer,))
