"""The same book for programs, and what a load balancer or an operator asks."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from psycopg import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from guestbook import entry, guard, session, store

PATIENCE = 3
"""Seconds that a question about the databases may take: PgBouncer would hold it through a whole failover."""
NO_STORE = {"Cache-Control": "no-store"}


def answer(content: Any, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, NO_STORE)


async def entries(request: Request) -> Response:
    """The newest entries, from a replica or with `from=primary` from the primary; `before` an id pages back."""
    asked = request.query_params
    before = asked.get("before", "")
    rows = await request.state.store.latest(
        entry.limit(asked.get("limit")),
        fresh=asked.get("from") == "primary",
        before=int(before) if before.isascii() and before.isdigit() else None,
    )
    return answer([{**row._asdict(), "key": str(row.key), "created_at": row.created_at.isoformat()} for row in rows])


async def add(request: Request) -> Response:
    """201 for a new entry, 200 for one whose key is already in the book: safe to send again."""
    if not guard.same_origin(request.headers):
        return answer({"error": "cross-site request"}, 403)
    try:
        fields = await request.json()
        draft = entry.draft(fields if isinstance(fields, dict) else {})
    except ValueError as refusal:
        return answer({"error": str(refusal)}, 422)
    kept, new = await request.state.store.add(draft)
    return answer({"id": kept, "key": str(draft.key)}, 201 if new else 200)


async def visits(request: Request) -> Response:
    visitor = session.name(request)
    count = await request.state.sessions.visit(visitor, session.LIMIT)
    response = answer({"visits": count}, 200 if count is not None else 503)
    session.remember(response, visitor)
    return response


async def whoami(request: Request) -> Response:
    """Which process answers, and which database servers it reaches."""
    settings, books = request.state.settings, request.state.store
    primary, replica = await asyncio.gather(_ask(books.primary, store.address), _ask(books.replica, store.address))
    return answer(
        {
            "server": settings.server,
            "worker": settings.worker,
            "release": settings.release,
            "pid": os.getpid(),
            "primary": primary,
            "replica": replica,
            "request_id": request.headers.get("x-request-id"),
        }
    )


async def healthz(request: Request) -> Response:
    """This process is well. No database: a failover must not take every app server out of the rotation."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


async def readyz(request: Request) -> Response:
    """Everything the app needs answers."""
    books, sessions = request.state.store, request.state.sessions
    primary, replica, cache = await asyncio.gather(
        _ask(books.primary, _one), _ask(books.replica, _one), sessions.ready()
    )
    found = {"primary": primary == "1", "replica": replica == "1", "cache": cache}
    return answer(found, 200 if all(found.values()) else 503)


async def _ask(pool: store.Pool, question: Any) -> str | None:
    """The answer, or None when there is none in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            found: str | None = await store.run(pool, question)
            return found
    except (*store.UNAVAILABLE, TimeoutError):
        return None


async def _one(connection: AsyncConnection[Any]) -> str:
    found = await (await connection.execute("SELECT 1 AS one")).fetchone()
    return str(found.one) if found else ""
