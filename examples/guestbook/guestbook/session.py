"""Sessions in Valkey: a random name in a cookie, a counter behind it. The book is read without them too."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets

from starlette.requests import Request
from starlette.responses import Response
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

COOKIE = "session"
DAY = 86400
PATIENCE = 1.0
"""Seconds that a page waits for its counter, at most."""
LIMIT = 5.0
"""Seconds for who asks for the counter alone."""


class Sessions:
    def __init__(self, client: Valkey) -> None:
        self._client = client

    async def visit(self, session: str, within: float) -> int | None:
        """Count a visit; None when the cache does not answer in time, which is no reason to show no page."""
        try:
            async with asyncio.timeout(within):
                return await self._count(f"session:{session}")
        except (ValkeyError, OSError) as error:
            logging.getLogger(__name__).warning("no session: %r", error)
            return None

    async def _count(self, key: str) -> int:
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, DAY)
            count, _ = await pipeline.execute()
        return int(count)

    async def ready(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                return bool(await self._client.ping())
        except (ValkeyError, OSError):
            return False

    async def close(self) -> None:
        await self._client.aclose()


def connect(url: str) -> Sessions:
    """Nothing is opened yet: the first visit does."""
    return Sessions(Valkey.from_url(url, socket_connect_timeout=LIMIT, socket_timeout=LIMIT))


def name(request: Request) -> str:
    """The visitor's session, or a new one of 128 random bits."""
    given = request.cookies.get(COOKIE, "")
    return given if re.fullmatch(r"[0-9a-f]{32}", given) else secrets.token_hex(16)


def remember(response: Response, session: str) -> None:
    response.set_cookie(COOKIE, session, max_age=DAY, secure=True, httponly=True, samesite="lax")
