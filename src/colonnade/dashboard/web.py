"""The page over HTTP: read-only, nothing from anywhere else, only for names that were meant."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colonnade.dashboard.hub import Hub
from colonnade.dashboard.page import PAGE, whole
from colonnade.visual import VISUAL

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def application(hub: Hub, token: str, hosts: Collection[str]) -> ASGIApp:
    """For the operator's own computer: everything lies under a path that nobody can guess."""
    return guarded(Starlette(routes=[Mount(f"/{token}", routes=routes(hub))]), hosts)


def routes(hub: Hub) -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        user = request.scope.get("user_name", "")
        return HTMLResponse(whole(hub.latest, hub.name, user))

    async def events(_: Request) -> Response:
        return StreamingResponse(hub.events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return [Route("/", page), Route("/events", events), *assets()]


def assets() -> list[BaseRoute]:
    css = _text(VISUAL / "base.css") + _text(PAGE / "dashboard.css")
    return [
        _asset("dashboard.css", css, "text/css"),
        _asset("dashboard.js", _text(PAGE / "dashboard.js"), "text/javascript"),
    ]


def _asset(name: str, content: str, media_type: str) -> BaseRoute:
    async def answer(_: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(f"/{name}", answer)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def guarded(app: ASGIApp, hosts: Collection[str]) -> ASGIApp:
    """Refuses other names in Host: a page of somebody else's could have the browser ask here by a name of theirs."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(key, value) for key, value in message["headers"] if key != b"cache-control"]
                message["headers"] = [*headers, *((k.lower().encode(), v.encode()) for k, v in HEADERS.items())]
            await send(message)

        asked = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
        if asked.lower() in hosts:
            await app(scope, receive, send_guarded)
        else:
            refusal = PlainTextResponse("This is not the name of this page.\n", 421)
            await refusal(scope, receive, send_guarded)

    return answer
