"""Names, passwords, sessions, and how many attempts there are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from colonnade.dashboard.login import COOKIE, EACH, SECONDS, SESSION_SECONDS, TOGETHER, Attempts, Login, Users
from colonnade.dashboard.web import guarded
from colonnade.model.passwords import hashed

USERS = Users({"ada": (b"salt", hashed("right", b"salt"))}, b"k" * 32)
HOST = "status.example.com"


def application() -> ASGIApp:
    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse(f"hello {request.scope['user_name']}")

    login = Login("shop", USERS)
    return guarded(login.guard(Starlette(routes=[Route("/", page), Route("/events", page), *login.routes()])), (HOST,))


def ask(app: ASGIApp, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request, straight to the application."""
    sent: list[Any] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = {"host": HOST, "x-forwarded-for": "192.0.2.1", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "https", "http_version": "1.1", "client": ("10.0.0.2", 1), "server": (HOST, 443),
        "headers": [(key.encode(), value.encode()) for key, value in pairs.items()],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    told = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent[1:])


def log_in(app: ASGIApp, form: str = "name=ada&password=right", **headers: str) -> tuple[int, dict[str, str], bytes]:
    return ask(app, "POST", "/login", form.encode(), **headers)


def test_without_a_session_there_is_only_the_form() -> None:
    app = application()
    status, headers, _ = ask(app, "GET", "/")
    assert (status, headers["location"]) == (303, "/login")
    assert ask(app, "GET", "/events")[0] == 401
    assert ask(app, "GET", "/healthz")[0] == 200
    status, headers, body = ask(app, "GET", "/login")
    assert (status, b"password" in body) == (200, True)
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_right_password_gives_a_cookie_that_no_script_and_no_other_site_can_use() -> None:
    app = application()
    status, headers, _ = log_in(app)
    assert (status, headers["location"]) == (303, "/")
    cookie, _, rest = headers["set-cookie"].partition(";")
    assert cookie.startswith(f"{COOKIE}=")
    assert {part.strip().lower() for part in rest.split(";")} >= {"httponly", "secure", "samesite=strict", "path=/"}
    assert ask(app, "GET", "/", cookie=cookie)[2] == b"hello ada"
    assert ask(app, "GET", "/events", cookie=cookie)[0] == 200


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("bob", "right"), ("", ""), ("ada", "")])
def test_anything_else_does_not(name: str, password: str) -> None:
    status, headers, body = log_in(application(), f"name={name}&password={password}")
    assert (status, "set-cookie" in headers) == (403, False)
    assert b"Name or password is wrong." in body


def test_after_a_few_wrong_passwords_even_the_right_one_waits_but_not_elsewhere() -> None:
    app = application()
    for _ in range(EACH):
        assert log_in(app, "name=ada&password=wrong")[0] == 403
    assert log_in(app)[0] == 429
    assert log_in(app, x_forwarded_for="192.0.2.2")[0] == 303


def test_attempts_are_forgotten_in_time_and_counted_together() -> None:
    attempts = Attempts()
    for number in range(TOGETHER):
        attempts.note(f"192.0.2.{number}", 0.0)
    assert attempts.too_many("198.51.100.1", SECONDS - 1)
    assert not attempts.too_many("198.51.100.1", SECONDS + 1)


def test_a_form_that_is_too_long_is_not_read() -> None:
    assert log_in(application(), "name=ada&password=" + "x" * 5000)[0] == 403


def test_a_session_ends_and_cannot_be_changed() -> None:
    session = USERS.session("ada", 100.0)
    assert USERS.user(session, 99.0) == "ada"
    assert USERS.user(session, 101.0) is None
    assert USERS.user(session.replace("100", "900"), 99.0) is None
    assert USERS.user(f"{session[:-1]}{'0' if session[-1] != '0' else '1'}", 99.0) is None
    for broken in ("", ".", "..", "a.b.c", "zz.100.00"):
        assert USERS.user(broken, 0.0) is None
    assert SESSION_SECONDS <= 86400


def test_a_user_who_is_named_no_more_is_let_in_no_more() -> None:
    session = Users({"bob": (b"", b"")}, USERS.key).session("bob", 100.0)
    assert USERS.user(session, 0.0) is None


def test_logging_out_takes_the_cookie_away() -> None:
    app = application()
    cookie = log_in(app)[1]["set-cookie"].partition(";")[0]
    status, headers, _ = ask(app, "POST", "/logout", cookie=cookie)
    assert (status, "Max-Age=0" in headers["set-cookie"]) == (303, True)


def test_passwords_are_hashed_with_their_salt() -> None:
    assert hashed("a", b"1") != hashed("a", b"2")
    assert hashed("a", b"1") == hashed("a", b"1")
    assert "right" not in repr(USERS)
