"""The SQL workloads on a real site: by each app server's PgBouncer, and past it to each database server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from colonnade.cli.session import open_session
from colonnade.drill.clock import Clock
from colonnade.drill.history import Operation, Result
from colonnade.drill.sql.routes import Routes, open_routes
from colonnade.drill.workload import WORKLOADS
from colonnade.drill.workload.bank import TOTAL
from colonnade.drill.workload.context import Context
from colonnade.drill.workload.copies import final
from colonnade.drill.workload.schema import prepare, remove
from tests.lab.machines import on
from tests.lab.sites import LabSite

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

# What a client may meet while all is well: another client.
CONFLICTS = ("40001", "40P01")
# What the app's database has beside its own.
SCHEMAS = "runuser -u postgres -- psql -qAtX web -c '\\dn' | grep -c colonnade_drill || true"


@dataclass
class Run:
    """What all workloads told, and what was found at the end."""

    operations: list[Operation] = field(default_factory=list)
    copies: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, kind: str, *results: Result) -> list[Operation]:
        return [each for each in self.operations if each.kind == kind and (not results or each.result in results)]

    @property
    def lost(self) -> set[str]:
        added = {each.key for each in self.of("ledger.add", Result.OK)}
        return added - frozenset.intersection(*self.copies.values())

    @property
    def phantom(self) -> set[str]:
        refused = {each.key for each in self.of("ledger.add", Result.FAIL)}
        return refused & frozenset.union(*self.copies.values())


Meanwhile = Callable[[Routes], Awaitable[None]]


def play(site: LabSite, meanwhile: Meanwhile) -> Run:
    """All workloads side by side; the site is whole again when the copies are read."""
    return asyncio.run(_play(site, meanwhile))


async def _play(site: LabSite, meanwhile: Meanwhile) -> Run:
    session, run = open_session(site.spec, "lab"), Run()
    async with open_routes(session.remembered_design().layout, session.site.apps[0]) as routes:
        await prepare(routes, [each.tables for each in WORKLOADS.values()])
        context, until = Context(routes, Clock(), run.operations.append, seed=7), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for each in WORKLOADS.values():
                group.create_task(each.run(context, until))
            await meanwhile(routes)
            until.set()
        await asyncio.to_thread(site.await_verdict)
        run.copies = await final(routes)
        await remove(routes)
    for line, count in sorted(Counter(f"{o.kind} {o.result} {o.detail}" for o in run.operations).items()):
        print(f"{count:6} {line}")
    return run


def test_on_a_site_that_is_well_every_operation_succeeds(guestbook: LabSite) -> None:
    guestbook.await_verdict()
    run = play(guestbook, lambda routes: asyncio.sleep(10))
    assert {each.kind for each in run.operations} == {
        *("ledger.add", "append.txn", "register.write", "register.read", "bank.transfer", "bank.read"),
        "primaries.commit",
    }
    by_the_app = [each for each in run.operations if each.kind != "primaries.commit"]
    failed = [each for each in by_the_app if each.result is not Result.OK and not each.detail.startswith(CONFLICTS)]
    assert not failed
    assert {each.client.split("@")[1] for each in by_the_app} == {"app1", "app2"}
    assert all(sum(each.value) == TOTAL for each in run.of("bank.read"))
    assert len({each.key for each in run.of("primaries.commit", Result.OK)}) == 1
    assert {each.detail[:5] for each in run.of("primaries.commit", Result.FAIL)} == {"25006"}
    assert {place.split()[1] for place in run.copies} == {"db1", "db2", "db3"}
    assert {len(ids) for ids in run.copies.values()} == {len(run.of("ledger.add"))}
    assert not run.lost
    assert on(guestbook, "db1", SCHEMAS).strip() == "0"


def test_a_killed_primary_leaves_some_results_unknown_and_loses_nothing(guestbook: LabSite) -> None:
    """Its standbys' receivers stand still for a moment, so that commits are surely waiting when it dies."""
    guestbook.await_verdict()
    victim = str(guestbook.status()["primary"]["patroni"])
    standbys = [name for name in ("db1", "db2", "db3") if name != victim]

    async def on_each(servers: list[str], command: str) -> None:
        await asyncio.gather(*(asyncio.to_thread(on, guestbook, server, command) for server in servers))

    async def meanwhile(routes: Routes) -> None:
        await asyncio.sleep(5)
        await on_each(standbys, "pkill -STOP -f '[w]alreceiver'")
        await asyncio.sleep(0.5)
        await on_each([victim], "kill -KILL $(head -n 1 /var/lib/postgresql/17/colonnade/postmaster.pid)")
        await on_each(standbys, "pkill -CONT -f '[w]alreceiver' || true")
        await asyncio.sleep(20)

    run = play(guestbook, meanwhile)
    assert run.of("ledger.add", Result.UNKNOWN)
    assert len(run.copies) == 3
    assert not run.lost
    assert not run.phantom
    assert all(sum(each.value) == TOTAL for each in run.of("bank.read", Result.OK))
    timelines = {each.value for each in run.of("primaries.commit", Result.OK)}
    assert len(timelines) == 2


def test_clients_of_a_lost_app_server_rest_and_the_others_go_on(guestbook: LabSite) -> None:
    guestbook.await_verdict()

    async def meanwhile(routes: Routes) -> None:
        await asyncio.sleep(5)
        routes.lose("app1")
        await asyncio.to_thread(guestbook.lab, "stop", "app1")
        await asyncio.sleep(5)
        await asyncio.to_thread(guestbook.lab, "start", "app1")
        routes.regain("app1")
        await asyncio.wait_for(routes.apps["app1"].relay.up.wait(), 60)
        await asyncio.sleep(10)

    run = play(guestbook, meanwhile)
    begun = [each.started for each in run.operations if each.client.split("@")[1].startswith("app1")]
    rests = [after - before for before, after in pairwise(sorted(begun))]
    assert max(rests) > 4
    # Nobody waited for an answer of the lost server until his own patience ended.
    assert max(each.ended - each.started for each in run.operations) < 30
    assert not run.lost
    assert not run.phantom
