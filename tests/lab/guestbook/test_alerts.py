"""Each alert is made to fire by the fault it is for, as the monitor sees it, and is over once the fault is undone.

What cannot be made to fire, and why, stands in docs/monitoring.md.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from colonnade.drill.fault.breaking import broken
from colonnade.model.fault import Fault
from colonnade.model.site import Role
from colonnade.spec.environment import lab_network
from tests.lab.bench import Bench, bench, done, in_force
from tests.lab.firing import fired, over
from tests.lab.releases import applied, deploy, edited
from tests.lab.sites import LabSite

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(3600)]
MONITOR = "mon1"
SQL = "runuser -u postgres -- psql -AtXqc"
# A rule's own time to wait, a scrape and an evaluation on either side of it.
AROUND = 100.0


@dataclass(frozen=True)
class Round:
    """Faults that leave each other alone, and what they must set off within `within` seconds."""

    alerts: str
    """Their names."""
    faults: Callable[[Bench], Awaitable[Iterable[Fault]]]
    within: float
    visits: int = 0
    """How many pages are asked for meanwhile."""
    over: float = 180.0
    """Seconds after the undoing; 0 where more than that is needed."""


def by_hand(server: str, inject: str, undo: str) -> Fault:
    return Fault("base", "by-hand", server, inject, inject, undo, stops=False)


async def parts(own: Bench) -> list[Fault]:
    """One of each tier; what is lost is not missed."""
    replica = await own.standby()
    return [
        own.fault("nginx", "stop", "web1"),
        own.fault("exporters", "stop-nginx", "web2"),
        own.fault("base", "fill-disk", "lb2"),
        own.fault("app", "stop", "app1"),
        own.fault("keepalived", "stop", "lb1"),
        own.fault("base", "cut-databases", replica),
    ]


async def silent_replicas(own: Bench) -> list[Fault]:
    """Nobody confirms a commit."""
    primary = await primary_of(own)
    others = [each.name for each in own.session.site.having(Role.DB) if each.name != primary]
    return [own.fault("patroni", "stop", name) for name in others]


async def primary_of(own: Bench, asked: str = f"{SQL} 'SELECT pg_is_in_recovery()'", answer: str = "f") -> str:
    for server in own.session.site.having(Role.DB):
        if await own.run(server.name, asked) == answer:
            return server.name
    raise AssertionError("no primary")


async def idle(own: Bench) -> list[Fault]:
    """A replica that gets 40 MB of log and does not replay it; connections that do nothing."""
    replica, primary = await own.standby(), await primary_of(own)
    # Not by pg_wal_replay_pause: Patroni lets it go on.
    replay = "pkill -{} -f 'startup recoverin[g]'"
    log = "CREATE TABLE alerts AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 40000) n"
    asleep_for_long = f"for n in $(seq 42); do systemd-run -q --collect {SQL} 'SELECT pg_sleep(1800)'; done"
    asleep = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(18%'"
    return [
        by_hand(replica, replay.format("STOP"), f"{replay.format('CONT')} || true"),
        by_hand(primary, f'{SQL} "{log}"', f'{SQL} "DROP TABLE IF EXISTS alerts"'),
        by_hand(primary, asleep_for_long, f'{SQL} "{asleep}" >/dev/null'),
    ]


async def paused(own: Bench) -> list[Fault]:
    """Queries wait, and visitors with them."""
    return [own.fault("pgbouncer", "pause", app.name) for app in own.session.site.having(Role.APP)]


async def tiers(own: Bench) -> list[Fault]:
    """Nobody answers visitors; etcd has no majority."""
    primary = await primary_of(own)
    others = [each.name for each in own.session.site.having(Role.ETCD) if each.name != primary]
    return [
        *(own.fault("nginx", "stop", web.name) for web in own.session.site.having(Role.WEB)),
        *(own.fault("etcd", "stop", name) for name in others),
    ]


async def leaderless(own: Bench) -> list[Fault]:
    """No address, no database, no cache."""
    site = own.session.site
    return [
        *(own.fault("keepalived", "stop", each.name) for each in site.having(Role.LB)),
        *(own.fault("patroni", "stop", each.name) for each in site.having(Role.DB)),
        *(own.fault("valkey", "stop", each.name) for each in site.having(Role.CACHE)),
    ]


async def split(own: Bench) -> list[Fault]:
    """A primary that hands over, balancers that do not hear each other, a cache's primary that no other one sees."""
    handed_over = own.fault("patroni", "switchover", await primary_of(own))
    rule = 'nft add table ip alerts; nft add chain ip alerts in "{ type filter hook input priority -50; }"; '
    rule += "nft add rule ip alerts in ip protocol vrrp drop"
    deaf = [
        by_hand(each.name, rule, "nft delete table ip alerts 2>/dev/null || true")
        for each in own.session.site.having(Role.LB)
    ]
    cache = await primary_of(own, "/etc/colonnade/valkey/ask 6379 INFO replication | grep -c role:master", "1")
    return [handed_over, *deaf, own.fault("base", "cut-databases", cache)]


PARTS = "WebServerOut UnitDown TargetDown TierAtMinimum DiskFull WorkerOut AddressMoved ReplicaNotStreaming"
TIERS = "TierDown ErrorBudgetBurns:1h EtcdNoLeader FailsafeMode"
SPLIT = "AddressHeldTwice TwoCachePrimaries PrimaryChanged CachePrimaryChanged"
ROUNDS = {
    "parts": Round(f"{PARTS} CacheReplicaAlone", parts, 120),
    "replicas": Round("NoSynchronousStandby", silent_replicas, 60),
    "paused": Round("QueriesWait LatencyBudgetBurns:1h", paused, 240, visits=100, over=420),
    "idle": Round("ReplicationLag DatabaseConnectionsFull", idle, 420),
    "tiers": Round(TIERS, tiers, 120, visits=25, over=420),
    "split": Round(SPLIT, split, 90, over=420),
    "leaderless": Round("AddressUnheld NoPrimary NoCachePrimary", leaderless, 60),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_alerts_fire_by_the_fault_they_are_for_and_end_with_it(guestbook: LabSite, name: str) -> None:
    guestbook.await_verdict()
    done(played(guestbook, ROUNDS[name]))
    guestbook.await_verdict(within=240)


async def played(site: LabSite, played: Round) -> None:
    async with bench(site) as own:
        hold, wanted = played.within + AROUND, set(played.alerts.split())
        async with AsyncExitStack() as stack:
            for fault in await played.faults(own):
                in_force(await stack.enter_async_context(broken(own.breaker, fault, hold)))
            if played.visits:
                visited(site, played.visits)
            await fired(own, MONITOR, wanted, hold)
    if played.over:
        await ended(site, wanted, played.over)


async def ended(site: LabSite, alerts: set[str], within: float) -> None:
    async with bench(site) as own:
        await over(own, MONITOR, alerts, within)


def test_what_is_left_half_done_is_an_alert(guestbook: LabSite) -> None:
    """A server that missed a deploy, a paused failover, a parameter that waits for a restart: ten, fifteen minutes."""
    guestbook.await_verdict()
    guestbook.lab("stop", "app2")
    with edited(guestbook, "api.py", "# another\n"):
        guestbook.run("deploy", "-e", "lab", "--reachable")
    guestbook.lab("start", "app2")
    assert any("two releases at once" in each for each in guestbook.await_verdict("degraded")["reasons"])
    done(played(guestbook, Round("ReleaseMismatch FailoverPaused RestartPending", half_done, 1000, over=0)))
    deploy(guestbook)
    done(ended(guestbook, {"ReleaseMismatch", "FailoverPaused", "RestartPending"}, 180))
    guestbook.await_verdict()


async def half_done(own: Bench) -> list[Fault]:
    primary = await primary_of(own)
    ctl = "patronictl -c /etc/patroni/config.yml"
    wish = f"{ctl} edit-config --force --quiet -s postgresql.parameters.max_worker_processes=11"
    restored = "for n in 1 2 3; do /etc/colonnade/patroni/apply-dynamic && exit; sleep 1; done"
    return [by_hand(primary, wish, restored), by_hand(primary, f"{ctl} pause --wait", f"{ctl} resume --wait || true")]


def test_a_message_that_nobody_takes_is_an_alert(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own, broken(own.breaker, own.fault("exporters", "stop-nginx", "web2"), 400):
            await fired(own, MONITOR, {"AlertsNotSent"}, 400)

    # A port where nobody listens.
    with applied(guestbook, f'[alerts]\nwebhook = "http://{lab_network("guestbook-test").gateway}:9/alerts"'):
        done(work())
    done(ended(guestbook, {"AlertsNotSent"}, 480))


def visited(site: LabSite, times: int) -> subprocess.Popen[bytes]:
    """A page asked for every two seconds, by visitors patient enough to be answered by PgBouncer's limit of 60 s: were
    they all to come at once they would all be answered at once, and nobody wait for a moment."""
    domain, address = "guestbook.example.com", site.addresses[0].removeprefix("https://").strip("/")
    words = ["curl", "-s", "-m", "90", "-o", "/dev/null", "--cacert", str(site.ca)]
    one = shlex.join([*words, "--resolve", f"{domain}:443:{address}", f"https://{domain}/"])
    return subprocess.Popen(["/bin/sh", "-c", f"for n in $(seq {times}); do {one} & sleep 2; done; wait"])
