"""Virtual addresses by VRRP version 3: each has an owner, the other balancers stand by, sub-second."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from colonnade.components.admin_socket import BALANCER, FOLDER, nothing_in_flight, tell
from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.haproxy import neighbours
from colonnade.components.keepalived.alerts import alerts
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.drain import Drain
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit, User
from colonnade.model.site import Role, Server, Site, VirtualAddress, is_ipv6

CONFIG = "/etc/keepalived/keepalived.conf"
CHECK = "/etc/keepalived/haproxy-alive"
RELEASED = "/etc/keepalived/released"
DROP_IN = "/etc/systemd/system/keepalived.service.d/50-colonnade.conf"
HANDED_OVER = f"{FOLDER}/balancer"
# Written by HAProxy's unit.
ENDED = "/run/colonnade-haproxy-ended"
# Router ids are 1 to 255 and shared with whatever else speaks VRRP on the network; unicast keeps the sites apart.
FIRST_ROUTER_ID = 51
# So many are asked whether they are there. Of fewer than two, one loss would make this balancer give up as well.
FEWEST, ENOUGH = 2, 8
# Rows of `show stat`: of all proxies (-1) the backends (2), of each the sum of its servers (-1).
BACKENDS = "-1 2 -1"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    # VRRP is an IP protocol of its own (112), it has no port.
    yield Listener("keepalived", "vrrp", server.name, 0, allow=(Role.LB,), protocol="vrrp")


def priority(site: Site, vip: VirtualAddress, server: Server) -> int:
    """The owner first, then the balancers in the order in which they follow it, backup balancers last."""
    balancers = site.having(Role.LB)
    first = [b.name for b in balancers].index(vip.owner)
    ranked = sorted((*balancers[first:], *balancers[:first]), key=lambda balancer: balancer.backup)
    return 200 - 10 * ranked.index(server)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    site = layout.site
    instances = [
        (vip, priority(site, vip, server), FIRST_ROUTER_ID + number, 128 if is_ipv6(vip.address) else 32)
        for number, vip in enumerate(site.vips)
    ]
    peers = [b for b in layout.having(Role.LB) if b.name != server.name]
    text = render(
        "keepalived",
        CONFIG,
        server=server,
        interface=layout.size(server).interface,
        instances=instances,
        peers=peers,
        check=CHECK,
        ended=ENDED,
        released=RELEASED,
    )
    for name in ("keepalived", "iproute2", "iputils-ping"):
        yield Package(name)
    yield User("keepalived_script")
    yield Directory(FOLDER)
    yield File(CHECK, render("keepalived", CHECK, handed_over=HANDED_OVER, others=others(layout, server)), mode=0o755)
    yield File(RELEASED, render("keepalived", RELEASED, sessions=tell(BALANCER, "show sess")), mode=0o755)
    yield File(CONFIG, text, check="keepalived -t -f {path}")
    yield File(DROP_IN, render("keepalived", DROP_IN))
    yield Unit("keepalived.service", restart_on=(DROP_IN,), reload_on=(CONFIG, CHECK), effect="its addresses move")


def others(layout: Layout, server: Server) -> list[Server]:
    """Of the servers that its HAProxy connects to, those that tell this balancer whether it hears anybody."""
    found = [other for other, _ in neighbours(layout) if other != server]
    takes_over = len(layout.having(Role.LB)) > 1
    return found[:ENOUGH] if takes_over and len(found) >= FEWEST else []


def read_addresses(wanted: frozenset[str], output: Output) -> tuple[Status, str, dict[str, str]]:
    """Which virtual addresses this balancer holds, from `ip -o addr`."""
    if not output.text.startswith("active"):
        return Status.DOWN, "keepalived is not running", {}
    present = {word.partition("/")[0] for word in output.text.split()}
    held = sorted(wanted & present)
    return Status.OK, f"holds {', '.join(held)}" if held else "stands by", {"addresses": " ".join(held)}


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    wanted = frozenset(vip.address for vip in layout.site.vips)
    command = "systemctl is-active keepalived.service && ip -o addr show scope global"
    yield Probe("keepalived", "keepalived.service", command, partial(read_addresses, wanted))


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from usual(Daemon("keepalived", "keepalived.service", server.name))


def drains(layout: Layout, server: Server) -> Iterable[Drain]:
    """A balancer hands its addresses over, for as long as a file says so, and answers what it has begun."""
    if server.has(Role.LB):
        held = " ".join(f"-e ' {vip.address}/'" for vip in layout.site.vips)
        moved = f"! ip -o addr show scope global | grep -qF {held}"
        yield Drain(
            "haproxy",
            server.name,
            server.name,
            out=f"mkdir -p {FOLDER} && touch {HANDED_OVER}",
            back=f"rm -f {HANDED_OVER}",
            empty=f"{moved} && {nothing_in_flight(BALANCER, BACKENDS)}",
            is_out=f"test -e {HANDED_OVER}",
        )


COMPONENT = Component(
    name="keepalived",
    roles=frozenset({Role.LB}),
    after=("haproxy",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    drains=drains,
)
