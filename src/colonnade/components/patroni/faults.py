"""What can be broken of the database: PostgreSQL, and Patroni, which watches over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from colonnade.components.daemon_faults import Daemon, frozen, killed, squeezed, stopped
from colonnade.components.patroni.configuration import DATA
from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout
from colonnade.model.site import Server

UNIT = "patroni.service"
# systemd counts Patroni as the unit's main process; the postmaster is one among the others.
POSTMASTER = f"p=$(head -n 1 {DATA}/postmaster.pid)"
CHILDREN = "$(cat /proc/$p/task/$p/children)"
RUNS = f"{{ {POSTMASTER} && kill -0 $p; }} 2>/dev/null || {{ echo PostgreSQL does not run; false; }}"


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    # Without a second copy of each commit a killed primary may lose what it acknowledged.
    durable = layout.site.option(PatroniOptions).durability != "none"
    yield from postgresql(Daemon("patroni", UNIT, server.name), durable)
    yield from patroni(Daemon("patroni", UNIT, server.name, "-patroni"))


def postgresql(daemon: Daemon, durable: bool) -> Iterable[Fault]:
    server = daemon.server
    first = "SIGKILL to PostgreSQL's first process, the postmaster"
    yield Fault("patroni", "kill", server, first, f"{POSTMASTER}; kill -KILL $p", daemon.start, RUNS, safe=durable)
    every = "SIGKILL to every process of PostgreSQL at once"
    at_once = f"{POSTMASTER}; kill -STOP $p; kill -KILL {CHILDREN} $p"
    yield Fault("patroni", "kill-all", server, every, at_once, daemon.start, RUNS, safe=durable)
    # Patroni goes on renewing its lease: with the primary the whole site stands still, not one server's part.
    frozen_text = "SIGSTOP to every process of PostgreSQL, while Patroni runs on"
    freeze = f"{POSTMASTER}; kill -STOP $p; kill -STOP {CHILDREN}"
    yield Fault("patroni", "freeze", server, frozen_text, freeze, daemon.resume, RUNS)
    yield replace(stopped(daemon), text="Patroni and PostgreSQL are stopped, as by hand")
    yield squeezed(daemon)


def patroni(daemon: Daemon) -> Iterable[Fault]:
    """PostgreSQL runs on. A primary whose Patroni stands still keeps its role after its lease has ended."""
    main = "the main process of Patroni, while PostgreSQL runs on"
    yield replace(killed(daemon), text=f"SIGKILL to {main}", stops=False)
    stop = f"systemctl kill -s STOP --kill-whom=main {UNIT}"
    yield replace(frozen(daemon, safe=False), text=f"SIGSTOP to {main}", inject=stop)


def switchover(config: str, site: str, server: Server, rest: str, ca: str) -> Fault:
    """No fault but a plan: measured like one."""
    return Fault(
        "patroni",
        "switchover",
        server.name,
        "the primary hands over, as planned",
        inject=f"patronictl -c {config} switchover {site} --force --leader {server.name}",
        undo="true",
        needs=f"curl -sf -m 2 -o /dev/null --cacert {ca} {rest}/primary || {{ echo it is not the primary; false; }}",
        safe=True,
        stops=False,
    )
