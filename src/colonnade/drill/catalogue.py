"""Every drill there is. A drill names what breaks; which server that is on the day, its seed and the site decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

# How long something stays broken, in seconds. A killed process is started again by systemd: nobody mends it before.
# A lost server is known to be in 2 s.
# What a server needs from its return to full redundancy comes on top, and is waited for.
RESTART, WHILE, FAILOVER = 4.0, 6.0, 35.0
# Who hears nobody gives its address up after some 3 s; without that it would keep it for all of these.
NOTICED = 15.0


# Faults of these components are a whole server's: its power, its network, its disk, its clock.
WHOLE = ("server", "base")


class Where(StrEnum):
    """Which of the servers that offer a fault have it."""

    ONE = "one"
    """One of them, by the seed."""
    PRIMARY = "primary"
    STANDBY = "standby"
    HOLDER = "holder"
    """A balancer that holds a virtual address."""
    MAJORITY = "majority"
    """One more than half of them: those that are left cannot vote."""
    TIERS = "tiers"
    """One server of each tier, one after another, each back before the next."""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing to break."""

    component: str
    fault: str
    where: Where
    hold: float
    """Seconds until it is undone."""
    of: str = ""
    """The component whose primary or holder is meant; `component` itself when empty."""

    @property
    def subject(self) -> str:
        return self.of or self.component

    @property
    def whole(self) -> bool:
        """Whether it takes everything that its server has."""
        return self.component in WHOLE


@dataclass(frozen=True, slots=True)
class Drill:
    """What `drill run NAME` does."""

    name: str
    title: str
    breaks: tuple[Break, ...]
    """All of them together; `tiers` in turn."""
    budget: str
    """Name of the limits in budget.py; promise.py has what else holds where a whole server is lost."""

    def held(self, seconds: float) -> Drill:
        """The same, with everything mended after as many seconds."""
        return replace(self, breaks=tuple(replace(each, hold=seconds) for each in self.breaks))


def lose(of: str, where: Where, hold: float = WHILE) -> Break:
    return Break("server", "lose", where, hold, of)


def kill(component: str, where: Where = Where.ONE) -> Break:
    return Break(component, "kill", where, RESTART)


CATALOGUE = (
    Drill(
        "switchover",
        "the primary hands over, as planned",
        (Break("patroni", "switchover", Where.PRIMARY, WHILE),),
        "switchover",
    ),
    Drill("postgres-killed", "the primary's PostgreSQL is killed", (kill("patroni", Where.PRIMARY),), "primary-killed"),
    Drill(
        "postgres-frozen",
        "the primary's PostgreSQL stands still, as with a hung disk",
        (Break("patroni", "freeze", Where.PRIMARY, FAILOVER),),
        "primary-frozen",
    ),
    Drill("primary-lost", "the primary's server is lost", (lose("patroni", Where.PRIMARY, FAILOVER),), "primary-lost"),
    Drill("replica-lost", "a replica's server is lost", (lose("patroni", Where.STANDBY),), "server-lost"),
    Drill("worker-killed", "one process of the application is killed", (kill("app"),), "process-killed"),
    Drill("app-lost", "an app server is lost", (lose("app", Where.ONE),), "server-lost"),
    Drill("web-killed", "nginx is killed on a web server", (kill("nginx"),), "process-killed"),
    Drill("web-lost", "a web server is lost", (lose("nginx", Where.ONE),), "server-lost"),
    Drill(
        "haproxy-killed",
        "HAProxy is killed on a balancer that holds an address",
        (Break("haproxy", "kill", Where.HOLDER, WHILE, "keepalived"),),
        "balancer-killed",
    ),
    Drill(
        "balancer-lost",
        "a balancer that holds an address is lost",
        (lose("keepalived", Where.HOLDER),),
        "balancer-lost",
    ),
    Drill(
        "balancer-cut-in",
        "nothing reaches a balancer that holds an address; what it sends arrives",
        (Break("base", "cut-in", Where.HOLDER, NOTICED, "keepalived"),),
        "balancer-deaf",
    ),
    Drill("cache-primary-killed", "the primary of the cache is killed", (kill("valkey", Where.PRIMARY),), "cache-lost"),
    Drill(
        "cache-primary-lost",
        "the server of the cache's primary is lost",
        (lose("valkey", Where.PRIMARY, 10),),
        "cache-lost",
    ),
    Drill("pgbouncer-killed", "PgBouncer is killed on an app server", (kill("pgbouncer"),), "pooler"),
    Drill(
        "pgbouncer-paused",
        "PgBouncer was paused on an app server, and forgotten",
        (Break("pgbouncer", "pause", Where.ONE, WHILE),),
        "paused",
    ),
    Drill(
        "etcd-majority-lost",
        "etcd loses its majority, and regains it",
        (Break("etcd", "stop", Where.MAJORITY, 20),),
        "voters",
    ),
    Drill(
        "sentinel-majority-lost",
        "Sentinel loses its majority, and regains it",
        (Break("valkey", "stop-sentinel", Where.MAJORITY, WHILE),),
        "voters",
    ),
    Drill(
        "primary-cut",
        "the primary's server is cut from all others",
        (Break("base", "cut", Where.PRIMARY, FAILOVER, "patroni"),),
        "primary-lost",
    ),
    Drill(
        "primary-cut-peers",
        "the primary's server is cut from its peers; the operator still reaches it",
        (Break("base", "cut-peers", Where.PRIMARY, FAILOVER, "patroni"),),
        "primary-lost",
    ),
    Drill(
        "primary-cut-databases",
        "the primary's server is cut from the other database servers; the app servers still reach it",
        (Break("base", "cut-databases", Where.PRIMARY, FAILOVER, "patroni"),),
        "primary-lost",
    ),
    Drill(
        "primary-cut-in",
        "nothing reaches the primary's server; what it sends arrives",
        (Break("base", "cut-in", Where.PRIMARY, FAILOVER, "patroni"),),
        "primary-lost",
    ),
    Drill(
        "primary-cut-out",
        "nothing that the primary's server sends arrives",
        (Break("base", "cut-out", Where.PRIMARY, FAILOVER, "patroni"),),
        "primary-lost",
    ),
    Drill(
        "disk-full",
        "the primary's disk is full",
        (Break("base", "fill-disk", Where.PRIMARY, 20, "patroni"),),
        "primary-frozen",
    ),
    Drill(
        "memory-squeezed",
        "the primary has hardly any memory",
        (Break("patroni", "squeeze-memory", Where.PRIMARY, WHILE),),
        "squeezed",
    ),
    Drill(
        "clock-jumped",
        "the primary's clock is an hour ahead",
        (Break("base", "jump-clock", Where.PRIMARY, WHILE, "patroni"),),
        "process-killed",
    ),
    Drill(
        "two-at-once",
        "an app server and a replica are lost at once",
        # The one first of which there are fewer.
        (lose("patroni", Where.STANDBY), lose("app", Where.ONE)),
        "server-lost",
    ),
    Drill("rolling", "one server of each tier is lost in turn", (lose("server", Where.TIERS, WHILE),), "server-lost"),
    Drill(
        "apply-killed",
        "the operator's own apply is killed midway",
        (Break("operator", "kill-apply", Where.ONE, WHILE),),
        "apply",
    ),
)
