"""A virtual address moves from one balancer to another while visitors wait for their answers."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import aiohttp
import pytest

from tests.lab.machines import on
from tests.lab.sites import LabSite
from tests.lab.waiting import until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

APPS = ("app1", "app2")
# Seconds from one step to the next; keepalived alone lets an owner wait ten before it takes its address back.
SOON = 30.0
# Before HAProxy ends by itself what nobody uses, which takes 30.
AT_ONCE = 10.0


def test_what_is_in_flight_when_an_address_moves_is_answered_and_what_is_idle_ended(guestbook: LabSite) -> None:
    """Handed over by a drain, and taken back by its owner. What is idle would be reset by its next request."""
    guestbook.await_verdict()
    address, (owner,) = next(iter(guestbook.status()["holders"].items()))
    (heir,) = {"lb1", "lb2"} - {owner}
    with waiting_visitors(guestbook, address, owner) as visitors, idle(guestbook, address) as ended:
        drained = ThreadPoolExecutor(1).submit(guestbook.run, "drain", owner, "-e", "lab")
        await_holder(guestbook, address, heir)
        assert ended.result(AT_ONCE)
        assert not drained.done(), "the drain did not wait for what is in flight"
    assert visitors.result() == [200, 201]
    await_none_left(guestbook, address, owner)
    drained.result(SOON)
    with waiting_visitors(guestbook, address, heir) as visitors, idle(guestbook, address) as ended:
        guestbook.run("undrain", owner, "-e", "lab")
        await_holder(guestbook, address, owner)
        assert ended.result(AT_ONCE)
    assert visitors.result() == [200, 201]
    await_none_left(guestbook, address, heir)
    guestbook.await_verdict()


@contextmanager
def waiting_visitors(site: LabSite, address: str, holder: str) -> Iterator[Future[list[int]]]:
    """Statuses of one who reads and one who writes; their requests reach the holder, their queries wait inside."""
    with ThreadPoolExecutor(1) as pool:
        signalled(site, "USR1")
        try:
            visitors = pool.submit(asyncio.run, visits(site, address))
            until(lambda: in_flight(site, holder) >= 2, "the visitors' requests did not reach the balancer", SOON)
            yield visitors
        finally:
            # Whoever leaves the pool waits for the visitors.
            signalled(site, "USR2")


@contextmanager
def idle(site: LabSite, address: str) -> Iterator[Future[bool]]:
    """A connection that was answered and stays open; whether the other side has ended it."""
    context = ssl.create_default_context(cafile=str(site.ca))
    connection = http.client.HTTPSConnection(address, context=context, timeout=SOON)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(is_ended, connection)
    connection.close()


def is_ended(connection: http.client.HTTPSConnection) -> bool:
    try:
        return connection.sock.recv(1) == b""
    except ConnectionResetError:
        return True


def signalled(site: LabSite, name: str) -> None:
    """PgBouncer pauses by USR1 and resumes by USR2."""
    for app in APPS:
        on(site, app, f"systemctl kill -s {name} --kill-whom=main pgbouncer.service")


async def visits(site: LabSite, address: str) -> list[int]:
    context = ssl.create_default_context(cafile=str(site.ca))
    entry = {"key": str(uuid.uuid4()), "name": "test", "message": "written while its address moved"}
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context), timeout=aiohttp.ClientTimeout(2 * SOON)
        ) as session,
        asyncio.TaskGroup() as group,
    ):
        page = f"https://{address}/entries.json"
        asked = session.get(page), session.post(page, json=entry)
        tasks = [group.create_task(status(request)) for request in asked]
    return [task.result() for task in tasks]


async def status(request: aiohttp.client._RequestContextManager) -> int:
    async with request as answer:
        await answer.read()
        return answer.status


def in_flight(site: LabSite, balancer: str) -> int:
    rows = on(site, balancer, "echo 'show stat web 2 -1' | socat stdio /run/haproxy/admin.sock").splitlines()
    return sum(int(row.split(",")[4]) for row in rows if row.startswith("web,"))


def await_none_left(site: LabSite, address: str, balancer: str) -> None:
    """Connections that had waited for their answers are ended too: their next request would be lost."""
    left = f"ss -Htn state established src {address}"
    until(lambda: not on(site, balancer, left), f"{balancer} keeps connections of {address}", AT_ONCE)


def await_holder(site: LabSite, address: str, balancer: str) -> None:
    until(lambda: f" {address}/" in on(site, balancer, "ip -o addr"), f"{balancer} did not get {address}", SOON)
