"""Default deny, in and out: a server accepts what its listeners declare and opens what others' listeners allow it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.nftables.options import NftablesOptions
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.layout import ANYWHERE, OPERATORS, Layout, Listener
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.resources import File, Package, Resource, Unit
from colonnade.model.site import Role, Server

RULES = "/etc/nftables.conf"

# One rule: addresses (None: any), protocol, port.
Rule = tuple[tuple[str, ...] | None, str, int]


def inbound(layout: Layout, listeners: frozenset[Listener]) -> list[Rule]:
    """Who may reach the listeners of one server."""
    rules = {(sources(layout, one.allow), one.protocol, one.port) for one in listeners if one.allow}
    return sorted(rules, key=_order)


def outbound(layout: Layout, roles: frozenset[Role]) -> list[Rule]:
    """What a server with these roles may reach on the others."""
    allowed: dict[tuple[str, int], set[str]] = {}
    for listener in layout.listeners:
        if roles & set(listener.allow):
            allowed.setdefault((listener.protocol, listener.port), set()).add(layout.address(listener))
    return sorted(((tuple(sorted(to)), protocol, port) for (protocol, port), to in allowed.items()), key=_order)


def sources(layout: Layout, allow: tuple[str, ...]) -> tuple[str, ...] | None:
    """Addresses and networks that the words of a listener's `allow` stand for; None for anywhere."""
    if ANYWHERE in allow:
        return None
    found: set[str] = set()
    for word in allow:
        found.update(layout.site.operators if word == OPERATORS else _addresses(layout, Role(word)))
    return None if {"0.0.0.0/0", "::/0"} <= found else tuple(sorted(found))


@lru_cache(maxsize=64)
def _addresses(layout: Layout, role: Role) -> tuple[str, ...]:
    return tuple(server.address for server in layout.having(role))


def _order(rule: Rule) -> tuple[int, str, tuple[str, ...]]:
    return rule[2], rule[1], rule[0] or ()


def families(rules: list[Rule]) -> list[tuple[str, tuple[str, ...], str, int]]:
    """Rules in nftables' words: (`ip` | `ip6` | `any`, addresses, protocol, port)."""
    found: list[tuple[str, tuple[str, ...], str, int]] = []
    for addresses, protocol, port in rules:
        if addresses is None:
            found.append(("any", (), protocol, port))
            continue
        found += [(family, mine, protocol, port) for family, mine in _split(addresses)]
    return found


def _split(addresses: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Those of each family, where there are any."""
    by_family = {"ip": tuple(a for a in addresses if ":" not in a), "ip6": tuple(a for a in addresses if ":" in a)}
    return [(family, mine) for family, mine in by_family.items() if mine]


@lru_cache(maxsize=256)
def ruleset(
    layout: Layout, roles: frozenset[Role], listeners: frozenset[Listener], outside: tuple[int, ...] = ()
) -> str:
    """The rules of every server with these roles and listeners; the listeners' own server name plays no part.

    `outside` are ports that its components open anywhere.
    """
    return render(
        "nftables",
        RULES,
        inbound=families(inbound(layout, listeners)),
        outbound=families(outbound(layout, roles)),
        outside=outside,
        virtual=_split(tuple(vip.address for vip in layout.site.vips)) if Role.LB in roles else [],
        egress=[rule.split("/") for rule in layout.site.option(NftablesOptions).egress],
    )


def anonymous(listener: Listener) -> Listener:
    return Listener("", "", "", listener.port, listener.allow, listener.protocol)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    listeners = frozenset(anonymous(one) for one in layout.listeners_on[server.name])
    yield Package("nftables")
    outside = tuple(sorted({each.port for each in layout.reaches if each.server == server.name} - {80, 443}))
    yield File(RULES, ruleset(layout, server.roles, listeners, outside), mode=0o755, check="nft -c -f {path}")
    # Reload is atomic and keeps established connections; a stop would flush the rules.
    yield Unit("nftables.service", reload_on=(RULES,))


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield unit_probe("nftables", "nftables.service")


COMPONENT = Component(
    name="nftables", section="firewall", options=NftablesOptions, after=("tls",), resources=resources, probes=probes
)
