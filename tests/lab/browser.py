"""A visitor with cookies."""

from __future__ import annotations

import asyncio
import ssl
from http.cookies import SimpleCookie
from time import monotonic, sleep

import aiohttp

from tests.lab.sites import LabSite


class Browser:
    """Keeps its cookies from one request to the next."""

    def __init__(self, site: LabSite) -> None:
        self._site = site
        self._cookies: dict[str, str] = {}
        self._context = ssl.create_default_context(cafile=str(site.ca))

    def get(self, url: str) -> tuple[int, str]:
        """Status and body."""
        return asyncio.run(self._get(url))

    async def _get(self, url: str) -> tuple[int, str]:
        connector = aiohttp.TCPConnector(ssl=self._context)
        cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())} if self._cookies else {}
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, headers=cookie, timeout=aiohttp.ClientTimeout(30)) as answer,
        ):
            for line in answer.headers.getall("Set-Cookie", []):
                self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, await answer.text()

    def visits(self) -> int | None:
        """The counter in this visitor's session; None while the cache cannot be asked."""
        status, text = self.get(f"{self._site.addresses[0]}visits.json")
        return int(text.partition(":")[2].strip(" }")) if status == 200 else None

    def settle(self) -> None:
        """Replication to another cache server is asynchronous; what is a second old has been copied."""
        sleep(1)

    def await_visits(self, within: float = 30.0) -> int:
        """The counter, once the cache answers again."""
        deadline = monotonic() + within
        while (count := self.visits()) is None:
            assert monotonic() < deadline, f"no session in {within:.0f} s"
            sleep(0.2)
        return count
