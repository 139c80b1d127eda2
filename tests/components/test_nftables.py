"""The firewall of every server, read back from its file: open is what a listener declares, on both of its ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address, ip_network

import pytest

from colonnade.components.nftables import RULES
from colonnade.components.nftables.options import NftablesOptions
from colonnade.model.design import Design
from colonnade.model.layout import ANYWHERE, Listener
from colonnade.model.site import Role, Server, Site, VirtualAddress
from tests.sites import NAMES, design_of, example, file_of, with_options

OFFICE = "198.51.100.0/24"
RULE = re.compile(
    r"(?:(?P<family>ip6?) (?:saddr|daddr) \{ (?P<addresses>[^}]*) \} )?"
    r"(?:meta l4proto (?P<number>112)|(?P<protocol>tcp|udp) dport (?:\{ (?P<ports>[^}]*) \}|(?P<port>\d+))) accept"
)
# Ports that nobody listens on: closed, whoever asks.
NOBODYS = [("tcp", 23), ("tcp", 3306), ("udp", 161)]

each_example = pytest.mark.parametrize("name", NAMES)


@dataclass(frozen=True)
class Rule:
    addresses: tuple[str, ...] | None
    protocol: str
    ports: tuple[int, ...]

    def lets(self, address: str, protocol: str, port: int) -> bool:
        there = self.addresses is None or any(ip_address(address) in ip_network(each) for each in self.addresses)
        return there and (protocol, port) in ((self.protocol, each) for each in self.ports)


@each_example
def test_between_servers_open_is_what_is_declared_and_nothing_else(name: str) -> None:
    design = closed_to_strangers(name)
    ports = sorted({(one.protocol, one.port) for one in design.layout.listeners}) + NOBODYS
    for sender, receiver in pairs(design):
        for protocol, port in ports:
            declared = [one for one in design.layout.listeners_on[receiver.name] if at(one, protocol, port)]
            wanted = any(sender.roles & set(one.allow) for one in declared)
            public = any(ANYWHERE in one.allow for one in declared)
            what = f"{sender.name} to {receiver.name}, {protocol} {port}"
            assert passes(design, receiver, "input", sender.address, protocol, port) is (wanted or public), what
            if port not in (80, 443):
                assert passes(design, sender, "output", receiver.address, protocol, port) is wanted, what


@each_example
def test_strangers_reach_the_public_ports_of_balancers_alone(name: str) -> None:
    design = closed_to_strangers(name)
    for server in design.layout.site.servers:
        found = {one.port for one in design.layout.listeners if reaches(design, server, "192.0.2.66", one)}
        assert found == ({80, 443} if server.has(Role.LB) else set())


@each_example
def test_operators_reach_ssh_everywhere(name: str) -> None:
    design = closed_to_strangers(name)
    for server in design.layout.site.servers:
        assert passes(design, server, "input", "198.51.100.7", "tcp", 22)


@each_example
def test_balancers_alone_speak_vrrp(name: str) -> None:
    design = closed_to_strangers(name)
    for sender, receiver in pairs(design):
        both = sender.has(Role.LB) and receiver.has(Role.LB)
        assert passes(design, receiver, "input", sender.address, "vrrp", 0) is both
        assert passes(design, sender, "output", receiver.address, "vrrp", 0) is both


@pytest.mark.parametrize(
    ("operators", "open_to"),
    [
        (("0.0.0.0/0", "::/0"), {"192.0.2.1", "2001:db8::1"}),
        (("0.0.0.0/0",), {"192.0.2.1"}),
        (("::/0",), {"2001:db8::1"}),
        (("2001:db8::/32", "192.0.2.1/32"), {"192.0.2.1", "2001:db8::1"}),
        (("198.51.100.0/24",), set()),
    ],
)
def test_ssh_is_open_to_the_listed_networks(operators: tuple[str, ...], open_to: set[str]) -> None:
    design = design_of(replace(example("trio"), operators=operators))
    (server, *_) = design.layout.site.servers
    asked = ("192.0.2.1", "2001:db8::1")
    assert {address for address in asked if passes(design, server, "input", address, "tcp", 22)} == open_to


def test_families_are_kept_apart() -> None:
    design = design_of(in_ipv6(example("trio")))
    a, b, _ = design.layout.site.servers
    assert passes(design, a, "input", b.address, "tcp", 5432)
    assert not passes(design, a, "input", "fd00::99", "tcp", 5432)
    assert "ip6 saddr { fd00::11, fd00::12, fd00::13 } tcp dport 5432 accept" in text(design, a)


def test_the_user_opens_ports_to_the_outside() -> None:
    opened = with_options(example("trio"), NftablesOptions(egress=("587/tcp", "514/udp")))
    for site, open_ in ((example("trio"), False), (opened, True)):
        design = design_of(site)
        for server in site.servers:
            assert passes(design, server, "output", "192.0.2.1", "tcp", 587) is open_
            assert passes(design, server, "output", "192.0.2.1", "udp", 514) is open_


@each_example
def test_what_no_rule_lets_pass_is_dropped(name: str) -> None:
    design = closed_to_strangers(name)
    for server in design.layout.site.servers:
        for chain in ("input", "forward", "output"):
            assert f"hook {chain} priority filter; policy drop;" in text(design, server)
        assert " accept" not in chain_of(text(design, server), "forward")


@cache
def closed_to_strangers(name: str) -> Design:
    return design_of(replace(example(name), operators=(OFFICE,)))


def pairs(design: Design) -> Iterator[tuple[Server, Server]]:
    servers = design.layout.site.servers
    return ((a, b) for a in servers for b in servers if a is not b)


def at(listener: Listener, protocol: str, port: int) -> bool:
    return (listener.protocol, listener.port) == (protocol, port)


def reaches(design: Design, server: Server, address: str, listener: Listener) -> bool:
    return passes(design, server, "input", address, listener.protocol, listener.port)


def passes(design: Design, server: Server, chain: str, address: str, protocol: str, port: int) -> bool:
    """Whether a new packet from or to the address passes the server's chain."""
    return any(rule.lets(address, protocol, port) for rule in rules(text(design, server), chain))


def text(design: Design, server: Server) -> str:
    return file_of(design, server.name, RULES)


def chain_of(text: str, name: str) -> str:
    return text.partition(f"chain {name} {{")[2].partition("\n    }")[0]


@cache
def rules(text: str, chain: str) -> tuple[Rule, ...]:
    found = tuple(rule(match) for match in RULE.finditer(chain_of(text, chain)))
    # What is left of the chain that accepts is known by heart.
    rest = RULE.sub("", chain_of(text, chain))
    assert len(re.findall(r" accept\b", rest)) == {"input": 3, "output": 5}[chain], rest
    return found


def rule(match: re.Match[str]) -> Rule:
    addresses = tuple(match["addresses"].split(", ")) if match["addresses"] else None
    if match["number"]:
        return Rule(addresses, "vrrp", (0,))
    return Rule(
        addresses, match["protocol"], tuple(int(port) for port in (match["ports"] or match["port"]).split(", "))
    )


def in_ipv6(site: Site) -> Site:
    servers = tuple(replace(server, address=f"fd00::{rank}") for rank, server in enumerate(site.servers, start=11))
    return replace(site, servers=servers, vips=(VirtualAddress("fd00::20", servers[0].name),))
