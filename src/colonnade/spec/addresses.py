"""Virtual addresses: what is wrong with them, and which balancer owns each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from itertools import cycle

from colonnade.model.site import Role, Server, VirtualAddress, is_ipv6
from colonnade.spec.problems import Problem

# The spec does not say how wide a server's network is: these are the usual widths, and wide enough to catch a
# virtual address that no balancer could announce.
PREFIX_IPV4 = 24
PREFIX_IPV6 = 64


def problems(vips: Sequence[str], servers: Sequence[Server]) -> Iterator[Problem]:
    """Virtual addresses that stand twice, belong to a server, or lie outside every balancer's network."""
    owners = {server.address: server.name for server in servers}
    networks = {_network(server.address) for server in servers if server.has(Role.LB)}
    for i, vip in enumerate(vips):
        if vip in vips[:i]:
            yield Problem(("vip", i), f"{vip} stands twice", "give each virtual address once")
        elif vip in owners:
            hint = "take a free address of the balancers' network"
            yield Problem(("vip", i), f"{vip} is the address of {owners[vip]}", hint)
        elif _network(vip) not in networks:
            text = f"{vip} is a VIP outside every balancer's network"
            yield Problem(("vip", i), text, f"take a free address of {', '.join(sorted(networks))}")


def _network(address: str) -> str:
    prefix = PREFIX_IPV6 if is_ipv6(address) else PREFIX_IPV4
    return str(ip_network((ip_address(address), prefix), strict=False))


def owned(vips: Sequence[str], servers: Sequence[Server]) -> tuple[VirtualAddress, ...]:
    """Each address with its owner, in turn over the balancers that are no backup."""
    balancers = cycle(s.name for s in servers if s.has(Role.LB) and not s.backup)
    return tuple(VirtualAddress(vip, owner) for vip, owner in zip(vips, balancers, strict=False))
