"""The application: its pages, and what it says when the database is away."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from notes import session
from notes.store import LIMIT, UNAVAILABLE, Store, pool

ROOT = Path(__file__).resolve().parent.parent


def create(env: Mapping[str, str]) -> Flask:
    """Flask serves /static/ too, which matters only when it is run by hand: nginx answers before it."""
    app = Flask("notes", root_path=str(ROOT))
    primary = env["DATABASE_URL"]
    app.extensions["store"] = Store(pool(primary), pool(env.get("DATABASE_REPLICA_URL", primary)))
    app.extensions["sessions"] = session.Sessions(env["VALKEY_URL"])
    app.config["SERVED_BY"] = (
        socket.gethostname(),
        env.get("COLONNADE_WORKER", "?"),
        env.get("COLONNADE_RELEASE", "dev"),
    )
    app.before_request(own_page)
    app.add_url_rule("/", view_func=wall)
    app.add_url_rule("/notes", view_func=add, methods=["POST"])
    app.add_url_rule("/notes/<int:note>", view_func=delete, methods=["DELETE"])
    app.add_url_rule("/notes/<int:note>/delete", view_func=delete, methods=["POST"])
    app.add_url_rule("/healthz", view_func=healthz)
    app.register_error_handler(HTTPException, refused)
    for error in UNAVAILABLE:
        app.register_error_handler(error, unavailable)
    return app


def own_page() -> None:
    """Writes come from our own page: browsers say where a form was, and other programs send no one else's cookie."""
    g.session = session.name(request)
    origin = request.headers.get("Origin")
    if request.method in ("GET", "HEAD") or origin is None:
        return
    if urlsplit(origin).hostname != urlsplit(f"//{request.host}").hostname:
        abort(403, "This form came from another site.")


def wall() -> Response:
    message, fresh = current_app.extensions["sessions"].opened(g.session)
    notes = current_app.extensions["store"].latest(fresh=fresh)
    page = make_response(render_template("wall.html", notes=notes, message=message, limit=LIMIT))
    page.headers["Cache-Control"] = "no-store"
    return session.remember(page, g.session)


def add() -> AnyResponse:
    text = request.form.get("text", "").replace("\0", "").replace("\r\n", "\n").strip()
    if not 0 < len(text) <= LIMIT:
        abort(422, f"A note has 1 to {LIMIT} characters.")
    current_app.extensions["store"].add(text)
    return _back("The note is on the wall.")


def delete(note: int) -> AnyResponse:
    current_app.extensions["store"].delete(note)
    return make_response("", 204) if request.method == "DELETE" else _back("The note is gone.")


def healthz() -> tuple[str, int, dict[str, str]]:
    """This process is well. No database: a failover must not take every app server out of the rotation."""
    return "ok\n", 200, {"Content-Type": "text/plain", "Cache-Control": "no-store"}


def refused(error: HTTPException) -> tuple[str, int]:
    return render_template("problem.html", text=error.description), error.code or 500


def unavailable(error: Exception) -> tuple[str, int, dict[str, str]]:
    current_app.logger.warning("%s %s: %s", request.method, request.path, str(error).partition("\n")[0])
    text = "The wall is being handed over. Please try again in a few seconds."
    return render_template("problem.html", text=text), 503, {"Retry-After": "5"}


def _back(message: str) -> AnyResponse:
    """Redirect, so that a reload does not send the form again."""
    current_app.extensions["sessions"].wrote(g.session, message)
    response = redirect(url_for("wall"), 303)
    response.set_cookie(session.COOKIE, g.session, max_age=session.DAY, secure=True, httponly=True, samesite="Lax")
    return response


app = create(os.environ)
