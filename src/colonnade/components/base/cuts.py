"""A server without its network, all of it or some: tables of packet filter rules beside the site's own."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.fault import Fault
from colonnade.model.layout import Layout
from colonnade.model.site import Role, Server, addresses, is_ipv6

TABLE = "colonnade_drill"
# Before the kernel's own connection tracking (-200) and before the site's rules (0).
PRIORITY = -310
LOCAL = {"input": "iif lo accept", "output": "oif lo accept"}
# Without it no IPv6 address is found, the operator's neither; ARP, which is no IP, passes these rules anyway.
NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
# Shell: the names of the server's network cards, with commas between them.
CARDS = """ip -br link | awk '$1 != "lo" { sub("@.*", "", $1); print $1 }' | paste -sd ,"""
SSH = {"input": ("saddr", "tcp dport 22"), "output": ("daddr", "tcp sport 22")}


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    operators = layout.site.operators
    peers = addresses(each for each in layout.site.servers if each != server)
    yield _isolation(server)
    # Balancers that do not hear each other all hold the virtual addresses: more than one server's part.
    yield _fault(
        server,
        "cut-peers",
        "no packet from or to the site's other servers",
        _chains("cut_peers", {hook: _with(hook, peers, "", "drop") for hook in LOCAL}),
        safe=not server.has(Role.LB),
    )
    databases = addresses(each for each in layout.having(Role.DB) if each != server)
    if server.has(Role.DB) and databases:
        # The others still reach it: the split in which two primaries could be asked at once.
        rules = _chains("cut_databases", {hook: _with(hook, databases, "", "drop") for hook in LOCAL})
        yield _fault(server, "cut-databases", "no packet from or to the other database servers", rules)
    for hook, way in (("input", "in"), ("output", "out")):
        text = f"no packet {way}, but for the operators' SSH"
        yield _fault(server, f"cut-{way}", text, _chains(f"cut_{way}", {hook: _one_way(hook, operators)}))


def _fault(server: Server, name: str, text: str, rules: str, *, safe: bool = False) -> Fault:
    table = f"{TABLE}_{name.replace('-', '_')}"
    return Fault(
        "base",
        name,
        server.name,
        text,
        inject=_load(rules),
        undo=f"nft '{_gone('inet', table)}'",
        needs=_load(rules, "-c"),
        safe=safe,
    )


def _isolation(server: Server) -> Fault:
    """What leaves is stopped at the network cards: keepalived announces addresses in frames that no other hook sees,
    and a balancer that is cut off must not go on claiming them."""
    table = f"{TABLE}_cut"
    rules = _chains("cut", {hook: [LOCAL[hook], "drop"] for hook in LOCAL})
    return Fault(
        "base",
        "cut",
        server.name,
        "no packet in or out",
        inject=f"set -e\n{_load(rules)}\ncards=$({CARDS})\nnft {_egress(table, '$cards')}",
        undo=f"nft '{_gone('inet', table)}; {_gone('netdev', table)}'",
        needs=f"set -e\n{_load(rules, '-c')}\nnft -c {_egress(table, 'lo')}",
        isolates=True,
    )


def _egress(table: str, cards: str) -> str:
    hook = f"type filter hook egress devices = {{ {cards} }} priority 0; policy drop;"
    return f'"table netdev {table} {{ chain out {{ {hook} }}; }}"'


def _load(rules: str, *options: str) -> str:
    return f"nft {' '.join((*options, '-f -'))} <<'END'\n{rules}END"


def _gone(family: str, table: str) -> str:
    """Also where it is not there."""
    return f"table {family} {table}; delete table {family} {table}"


def _one_way(hook: str, operators: tuple[str, ...]) -> list[str]:
    _, port = SSH[hook]
    return [LOCAL[hook], NEIGHBOURS, *_with(hook, operators, port, "accept"), "drop"]


def _with(hook: str, others: tuple[str, ...], match: str, verdict: str) -> list[str]:
    """One rule for the IPv4 addresses or networks among the others, one for IPv6."""
    side, _ = SSH[hook]
    found = []
    for family, wanted in (("ip", False), ("ip6", True)):
        mine = [each for each in others if is_ipv6(each.partition("/")[0]) is wanted]
        if mine:
            found.append(" ".join(filter(None, (f"{family} {side} {{ {', '.join(mine)} }}", match, verdict))))
    return found


def _chains(name: str, chains: dict[str, list[str]]) -> str:
    lines = [f"table inet {TABLE}_{name} {{"]
    for hook, rules in chains.items():
        lines.append(f"  chain {hook} {{")
        lines.append(f"    type filter hook {hook} priority {PRIORITY}; policy accept;")
        lines += [f"    {rule}" for rule in rules]
        lines.append("  }")
    return "\n".join([*lines, "}", ""])
