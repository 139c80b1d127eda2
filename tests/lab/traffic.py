"""One client that reads and one that writes through the virtual addresses, all the while."""

from __future__ import annotations

import asyncio
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any

import aiohttp

from tests.lab.sites import LabSite

# Longer than PgBouncer's wait for a new primary, so that a held request counts as slow and not as failed.
TIMEOUT = 70.0
PAUSE = 0.05
PAGE = 50


@dataclass
class Seen:
    """What the clients saw."""

    acknowledged: list[str] = field(default_factory=list)
    """Keys of writes that were answered with 201."""
    unknown: list[str] = field(default_factory=list)
    """Keys of writes whose answer never came: they may be there or not."""
    reads: int = 0
    failures: list[tuple[float, str]] = field(default_factory=list)
    """Seconds since the start, and what happened."""
    newest: tuple[int, str] | None = None
    """Id and key of the last acknowledged write."""
    wrong: list[tuple[float, str]] = field(default_factory=list)
    """Seconds since the start, and a key that a read of the primary lacked though it was acknowledged before."""
    longest_gap: float = 0.0
    """Longest time in seconds between two successful writes."""
    slowest_read: float = 0.0
    """Seconds, of those without an answer too."""


class Traffic:
    """Runs in a thread of its own, so that the test can break things meanwhile."""

    def __init__(self, site: LabSite) -> None:
        self.seen = Seen()
        self._site = site
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._both()))

    def __enter__(self) -> Traffic:
        self._started = self._last = monotonic()
        self._thread.start()
        self.await_writes(3)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def await_writes(self, more: int, within: float = 120.0) -> None:
        """Returns once that many more writes have been acknowledged."""
        wanted, deadline = len(self.seen.acknowledged) + more, monotonic() + within
        while len(self.seen.acknowledged) < wanted:
            assert monotonic() < deadline, f"no writes in {within:.0f} s: {self.seen.failures[-3:]}"
            threading.Event().wait(0.05)

    async def _both(self) -> None:
        context = ssl.create_default_context(cafile=str(self._site.ca))
        limits = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=8), timeout=limits
        ) as session:
            await asyncio.gather(self._write(session), self._read(session))

    async def _write(self, session: aiohttp.ClientSession) -> None:
        for address in self._addresses():
            key = str(uuid.uuid4())
            entry = {"key": key, "name": "test", "message": "written while things break"}
            answer: list[Any] = []
            status = await self._ask(session.post(f"{address}entries.json", json=entry), answer)
            if status in (200, 201):
                self.seen.acknowledged.append(key)
                self.seen.newest = int(answer[0]["id"]), key
                self.seen.longest_gap = max(self.seen.longest_gap, monotonic() - self._last)
                self._last = monotonic()
            else:
                self.seen.unknown.append(key)
            await asyncio.sleep(PAUSE)

    async def _read(self, session: aiohttp.ClientSession) -> None:
        for address in self._addresses():
            before, began = self.seen.newest, monotonic()
            answer: list[Any] = []
            status = await self._ask(session.get(f"{address}entries.json?from=primary&limit={PAGE}"), answer)
            self.seen.slowest_read = max(self.seen.slowest_read, monotonic() - began)
            if status == 200:
                self.seen.reads += 1
                if before and lacks(answer[0], *before):
                    self.seen.wrong.append((self._now(), before[1]))
            await asyncio.sleep(PAUSE)

    async def _ask(self, request: Any, into: list[Any] | None = None) -> int:
        """The status; 0 when there was no answer."""
        try:
            async with request as answer:
                if into is not None and answer.status in (200, 201):
                    into.append(await answer.json())
                status = int(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._fail(f"{type(error).__name__}: {error}")
            return 0
        if status >= 400:
            self._fail(f"{answer.method} {status}")
        return status

    def _fail(self, what: str) -> None:
        self.seen.failures.append((self._now(), what))

    def _now(self) -> float:
        return round(monotonic() - self._started, 2)

    def _addresses(self) -> Iterator[str]:
        """The virtual addresses in turn, until it is time to stop."""
        while not self._stop.is_set():
            yield from self._site.addresses


@contextmanager
def traffic(site: LabSite) -> Iterator[Traffic]:
    """Traffic around a fault; afterwards nothing acknowledged is missing and no read was wrong."""
    with Traffic(site) as running:
        yield running
        running.await_writes(5)
    missing = set(running.seen.acknowledged) - asyncio.run(_all_keys(site))
    assert not missing, f"{len(missing)} acknowledged writes are gone"
    assert not running.seen.wrong, f"reads of the primary were stale: {running.seen.wrong}"


def lacks(page: list[dict[str, Any]], number: int, key: str) -> bool:
    """Whether a page of the newest entries should have one and does not: one that waited may hold only newer ones."""
    older = len(page) < PAGE or any(entry["id"] < number for entry in page)
    return older and all(entry["key"] != key for entry in page)


async def _all_keys(site: LabSite) -> set[str]:
    """Every key there is, read from the primary page by page."""
    context = ssl.create_default_context(cafile=str(site.ca))
    keys: set[str] = set()
    before = ""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        while True:
            url = f"{site.addresses[0]}entries.json?from=primary&limit=1000{before}"
            async with session.get(url) as answer:
                assert answer.status == 200, await answer.text()
                entries = await answer.json()
            if not entries:
                return keys
            keys |= {entry["key"] for entry in entries}
            before = f"&before={entries[-1]['id']}"
