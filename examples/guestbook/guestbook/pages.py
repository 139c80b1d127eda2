"""What a visitor sees."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from guestbook import guard, session
from guestbook.entry import MESSAGE_LIMIT, NAME_LIMIT, Refused, draft
from guestbook.settings import ROOT

FRESH = "fresh"
TEMPLATES = Jinja2Templates(directory=ROOT / "templates")
HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"}


async def page(request: Request) -> Response:
    """The book: from the primary for a moment after the visitor's own entry, else from a replica."""
    return await _book(request, filled={})


async def add(request: Request) -> Response:
    """Keep an entry, then redirect, so that a reload does not send the form again."""
    if not guard.same_origin(request.headers):
        return problem(request, 403, "This form came from another site.")
    async with request.form(max_files=0, max_fields=10) as form:
        filled = {field: str(value) for field, value in form.items()}
    try:
        await request.state.store.add(draft(filled))
    except Refused as refusal:
        return await _book(request, filled, str(refusal))
    response = RedirectResponse("/", status_code=303)
    marker = guard.fresh_marker(request.state.settings.key)
    response.set_cookie(FRESH, marker, max_age=guard.FRESH, secure=True, httponly=True, samesite="lax")
    return response


def problem(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return _render(request, "problem.html", {"text": text, "status": status}, status, headers)


async def _book(request: Request, filled: Mapping[str, str], refusal: str = "") -> Response:
    state, visitor = request.state, session.name(request)
    fresh = guard.is_fresh(state.settings.key, request.cookies.get(FRESH))
    context = {
        "entries": await state.store.latest(50, fresh=fresh),
        "visits": await state.sessions.visit(visitor, session.PATIENCE),
        "filled": filled,
        "refusal": refusal,
        "key": uuid.uuid4(),
        "limits": {"name": NAME_LIMIT, "message": MESSAGE_LIMIT},
    }
    response = _render(request, "book.html", context, 422 if refusal else 200)
    session.remember(response, visitor)
    return response


def _render(
    request: Request, template: str, context: dict[str, Any], status: int, headers: Mapping[str, str] | None = None
) -> Response:
    context["settings"] = request.state.settings
    return TEMPLATES.TemplateResponse(request, template, context, status, {**HEADERS, **(headers or {})})
