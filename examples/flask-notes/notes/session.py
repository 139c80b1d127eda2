"""A session in Valkey: what to tell the visitor on the next page, and whether that page must show a fresh write."""

from __future__ import annotations

import re
import secrets

from flask import Request, Response
from valkey import Valkey
from valkey.exceptions import ValkeyError

COOKIE = "session"
DAY = 86400
FRESH = 10
"""Seconds for which a visitor who wrote reads from the primary: far above a replica's usual delay of milliseconds."""


class Sessions:
    """Every method does nothing while the cache is away: a session may wait, a page may not."""

    def __init__(self, url: str) -> None:
        self._client = Valkey.from_url(url, decode_responses=True, socket_connect_timeout=1, socket_timeout=1)

    def wrote(self, session: str, message: str) -> None:
        """Leave a message for the next page, and mark the session as fresh."""
        try:
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.set(f"session:{session}:message", message, ex=DAY)
                pipeline.set(f"session:{session}:fresh", 1, ex=FRESH)
                pipeline.execute()
        except (ValkeyError, OSError):
            return

    def opened(self, session: str) -> tuple[str | None, bool]:
        """The message, once; and whether the session is fresh. Not knowing means fresh: right, if slower."""
        try:
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.getdel(f"session:{session}:message")
                pipeline.exists(f"session:{session}:fresh")
                message, fresh = pipeline.execute()
        except (ValkeyError, OSError):
            return None, True
        return message, bool(fresh)


def name(request: Request) -> str:
    """The visitor's session, or a new one of 128 random bits."""
    given = request.cookies.get(COOKIE, "")
    return given if re.fullmatch(r"[0-9a-f]{32}", given) else secrets.token_hex(16)


def remember(response: Response, session: str) -> Response:
    response.set_cookie(COOKIE, session, max_age=DAY, secure=True, httponly=True, samesite="Lax")
    return response
