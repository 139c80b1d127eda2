"""Who may see the page on a monitor: names with passwords, a signed cookie, few attempts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic, time
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from colonnade.dashboard.page import environment
from colonnade.model.passwords import hashed

COOKIE = "__Host-colonnade"
SESSION_SECONDS = 12 * 3600
# Wrong passwords in so many seconds: of one address, and of everybody together.
SECONDS, EACH, TOGETHER = 300.0, 5, 50
LONGEST = 4096
"""Bytes of a login form."""
OPEN = ("/login", "/healthz", "/dashboard.css")


@dataclass(frozen=True)
class Users:
    """`passwords` are (salt, hash) by name; sessions are signed with a key that all monitors share."""

    passwords: Mapping[str, tuple[bytes, bytes]] = field(repr=False)
    key: bytes = field(repr=False)

    def known(self, name: str, password: str) -> bool:
        """Takes as long for a name that nobody has."""
        salt, wanted = self.passwords.get(name, (b"nobody", b""))
        return hmac.compare_digest(hashed(password, salt), wanted)

    def session(self, name: str, until: float) -> str:
        told = f"{name.encode().hex()}.{until:.0f}"
        return f"{told}.{self._signature(told)}"

    def user(self, session: str, now: float) -> str | None:
        """Whose session it is; None where it ended, was not signed here, or the user is no longer named."""
        told, _, signature = session.rpartition(".")
        name, _, until = told.partition(".")
        if not hmac.compare_digest(self._signature(told).encode(), signature.encode()) or int(until) < now:
            return None
        user = bytes.fromhex(name).decode()
        return user if user in self.passwords else None

    def _signature(self, told: str) -> str:
        return hmac.digest(self.key, told.encode(), hashlib.sha256).hex()


@dataclass
class Attempts:
    """Wrong passwords of late, by address."""

    wrong: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=TOGETHER))

    def too_many(self, address: str, now: float) -> bool:
        late = [where for at, where in self.wrong if now - at < SECONDS]
        return late.count(address) >= EACH or len(late) >= TOGETHER

    def note(self, address: str, now: float) -> None:
        self.wrong.append((now, address))


@dataclass
class Login:
    """The form, and what it leads to."""

    name: str
    users: Users
    attempts: Attempts = field(default_factory=Attempts)
    # One at a time: many attempts at once must not take the monitor's processor from what watches the site.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/login", self.show, methods=["GET"]),
            Route("/login", self.take, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
            Route("/healthz", self.well),
        ]

    async def well(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def show(self, _: Request) -> Response:
        return self._form("")

    async def take(self, request: Request) -> Response:
        address, now = visitor(request), monotonic()
        if self.attempts.too_many(address, now):
            return self._form("Too many wrong passwords. Wait five minutes.", 429)
        form = await fields(request)
        name, password = form.get("name", ""), form.get("password", "")
        async with self._turn:
            well = await asyncio.to_thread(self.users.known, name, password)
        if not well:
            self.attempts.note(address, now)
            return self._form("Name or password is wrong.", 403)
        answer = RedirectResponse("/", 303)
        keep(answer, self.users.session(name, time() + SESSION_SECONDS), SESSION_SECONDS)
        return answer

    async def leave(self, _: Request) -> Response:
        answer = RedirectResponse("/login", 303)
        keep(answer, "", 0)
        return answer

    def _form(self, problem: str, status: int = 200) -> Response:
        text = environment().get_template("login.html.j2").render(name=self.name, problem=problem)
        return HTMLResponse(text, status)

    def guard(self, app: ASGIApp) -> ASGIApp:
        """Lets only users past, but to the form itself."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] not in OPEN:
                user = self.users.user(Request(scope).cookies.get(COOKIE, ""), time())
                if user is None:
                    await refusal(scope["path"])(scope, receive, send)
                    return
                scope["user_name"] = user
            await app(scope, receive, send)

        return answer


def refusal(path: str) -> Response:
    """A page leads to the form; what a script asks for is refused."""
    return RedirectResponse("/login", 303) if path == "/" else PlainTextResponse("Log in first.\n", 401)


def keep(answer: Response, session: str, seconds: int) -> None:
    answer.set_cookie(COOKIE, session, max_age=seconds, secure=True, httponly=True, samesite="strict", path="/")


def visitor(request: Request) -> str:
    """The balancers say who asks; they alone reach this port, and they overwrite what a visitor claims."""
    client = request.client.host if request.client else ""
    return request.headers.get("x-forwarded-for", client)


async def fields(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return {}
    found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in found.items()}
