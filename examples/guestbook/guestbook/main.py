"""The application: routes, what it opens at its start, what it says when something is away."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from guestbook import api, pages, session, store
from guestbook.settings import ROOT, Settings, from_environment

RETRY_AFTER = "5"
"""Seconds; a lost primary is replaced in about as many."""


def create(settings: Settings) -> Starlette:
    @contextlib.asynccontextmanager
    async def opened(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        books = store.Store(settings.primary_url, settings.replica_url)
        await books.open()
        sessions = session.connect(settings.valkey_url)
        yield {"settings": settings, "store": books, "sessions": sessions}
        await books.close()
        await sessions.close()

    away = dict.fromkeys(store.UNAVAILABLE, unavailable)
    return Starlette(
        routes=_routes(settings.dev_static), lifespan=opened, exception_handlers={HTTPException: refused, **away}
    )


def unavailable(request: Request, error: Exception) -> Response:
    """The database is away. Trying again is safe even for a write: it carries the same key, and is kept once."""
    logging.getLogger(__name__).warning("%s %s: %s", request.method, request.url.path, str(error).partition("\n")[0])
    if request.url.path.endswith(".json"):
        response: Response = api.answer({"error": "the database is away"}, 503)
        response.headers["Retry-After"] = RETRY_AFTER
        return response
    text = "The book is being handed over. Please try again in a few seconds."
    return pages.problem(request, 503, text, {"Retry-After": RETRY_AFTER})


def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what Starlette calls it with
    return pages.problem(request, error.status_code, error.detail, error.headers)


def _routes(dev_static: bool) -> list[BaseRoute]:
    static: list[BaseRoute] = [Mount("/static", StaticFiles(directory=ROOT / "static"))] if dev_static else []
    return [
        Route("/", pages.page),
        Route("/entries", pages.add, methods=["POST"]),
        Route("/entries.json", api.entries),
        Route("/entries.json", api.add, methods=["POST"]),
        Route("/visits.json", api.visits),
        Route("/whoami", api.whoami),
        Route("/healthz", api.healthz),
        Route("/readyz", api.readyz),
        *static,
    ]


app = create(from_environment())
