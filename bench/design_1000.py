"""Times the design of a thousand servers: every file of every server, from a site in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

from colonnade.design import design
from colonnade.model.app import App
from colonnade.model.design import Design
from colonnade.model.resources import File
from colonnade.model.site import Role, Server, Site, VirtualAddress
from colonnade.model.vault import Vault
from colonnade.spec.authority import authority

# Tier: how many servers, and their roles.
TIERS: dict[str, tuple[int, frozenset[Role]]] = {
    "lb": (4, frozenset({Role.LB})),
    "web": (100, frozenset({Role.WEB})),
    "app": (880, frozenset({Role.APP})),
    "db": (2, frozenset({Role.DB})),
    "etcd": (3, frozenset({Role.DB, Role.ETCD})),
    "cache": (3, frozenset({Role.CACHE})),
    "monitor": (8, frozenset({Role.MONITOR})),
}


def servers() -> tuple[Server, ...]:
    named = [(f"{tier}{i + 1}", roles) for tier, (count, roles) in TIERS.items() for i in range(count)]
    return tuple(
        Server(name, f"10.{20 + number // 250}.0.{number % 250 + 1}", roles)
        for number, (name, roles) in enumerate(named)
    )


def site() -> Site:
    return Site(
        name="thousand",
        domain="thousand.example.com",
        vips=tuple(VirtualAddress(f"10.20.0.{200 + i}", f"lb{i + 1}") for i in range(4)),
        servers=servers(),
        apps=(App("web", Path("/srv"), asgi="shop.main:app", static="static", health="/healthz"),),
        operators=("192.0.2.0/24",),
    )


def vault() -> Vault:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Vault(bytes(32), *authority("thousand", now), today=now)


def files(made: Design) -> int:
    return sum(1 for server in made.servers.values() for _ in server.all(File))


def main() -> None:
    """Prints one JSON line, for `bench/run`."""
    wanted, secrets = site(), vault()
    began, used = perf_counter(), process_time()
    made = design(wanted, secrets, {})
    seconds, cpu = perf_counter() - began, process_time() - used
    print(json.dumps({"servers": len(wanted.servers), "files": files(made), "seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main()
