"""The app server's own packages, pinned: an app that names one in its requirements keeps its own version."""

from __future__ import annotations

import re

from colonnade.model.app import App

PACKAGES = {
    # It takes uvloop's event loop when that is there, which is faster than Python's own.
    "granian": ("granian==2.8.7", "uvloop==0.23.0"),
    "gunicorn": ("gunicorn==27.0.1",),
    "uvicorn": ("uvicorn==0.54.0", "httptools==0.9.0", "uvloop==0.23.0"),
}


def missing(app: App, present: frozenset[str]) -> tuple[str, ...]:
    """What to add to requirements that already name `present`; nothing for an app that is a command."""
    if app.command is not None:
        return ()
    return tuple(pin for pin in PACKAGES[app.server] if normalised(pin) not in present)


def normalised(requirement: str) -> str:
    """The project's name as package indexes compare it: `Flask_Login>=1 ; x` is `flask-login`."""
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    return re.sub(r"[-_.]+", "-", name.group()).lower() if name else ""
