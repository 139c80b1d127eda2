"""`[apps.NAME]` → applications."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from colonnade.components.app.variables import REFERENCES, unknown
from colonnade.model.app import App, Job, Pages, Process
from colonnade.spec import places
from colonnade.spec.app_tables import AppTable
from colonnade.spec.paths import is_folder, resolved
from colonnade.spec.positions import Keys
from colonnade.spec.problems import Problem, nearest

WAYS = ("asgi", "wsgi", "command")
RUNS = {"granian": ("asgi", "wsgi"), "gunicorn": ("wsgi",), "uvicorn": ("asgi",)}
"""What each application server can run as it comes."""

LARGEST_PAGE = 14_000
"""Bytes: HAProxy's buffer of 16 kB less the headers."""

TAKEN = frozenset({"postgres", "template0", "template1", "public", "none", "prometheus"})
"""Names that PostgreSQL and the exporters keep for themselves, besides everything that begins with pg_."""


def problems(apps: Mapping[str, AppTable], folder: Path, domain: str) -> Iterator[Problem]:
    """Everything wrong with the applications of a spec in `folder`."""
    for name, app in apps.items():
        keys = ("apps", name)
        if name in TAKEN or name.startswith("pg_"):
            hint = "take another: a database is named after it"
            yield Problem(keys, "PostgreSQL keeps this name for itself", hint, at_key=True)
        yield from _start(app, keys)
        yield from _folders(app, keys, folder)
        yield from _variables(app, keys)
        yield from _pages(app, keys)
        yield from _background(app, keys)
    yield from places.problems(apps, domain)


def _start(app: AppTable, keys: Keys) -> Iterator[Problem]:
    ways = [way for way in WAYS if getattr(app, way) is not None]
    if not ways:
        hint = 'add asgi = "module:name", wsgi = "module:name" or command = "…"'
        yield Problem(keys, "nothing starts it: expected asgi, wsgi or command", hint, at_key=True)
    elif len(ways) > 1:
        text = f"both {ways[0]} and {ways[1]}: expected only one of {', '.join(WAYS)}"
        yield Problem((*keys, ways[1]), text, "keep the one that starts the application", at_key=True)
    elif ways == ["command"]:
        if "server" in app.model_fields_set:
            yield Problem((*keys, "server"), "has no use beside command", "remove one of the two", at_key=True)
    elif ways[0] not in RUNS[app.server]:
        able = " or ".join(server for server in RUNS if ways[0] in RUNS[server])
        yield Problem((*keys, "server"), f"{app.server} does not run {ways[0]}", f"use {able}")


def _folders(app: AppTable, keys: Keys, folder: Path) -> Iterator[Problem]:
    if not is_folder(resolved(app.path, folder)):
        hint = "the path counts from the folder of the spec"
        yield Problem((*keys, "path"), f'there is no folder "{app.path}"', hint)
    yield from _page(app, (*keys, "maintenance"), folder)
    if app.static and ".." in app.static.split("/"):
        yield Problem((*keys, "static"), "leads out of the application", 'name a folder inside it, like "static"')
    if app.collect and not app.static:
        yield Problem((*keys, "collect"), "nothing says where it puts the files", 'add static = "…", that folder')


def _page(app: AppTable, keys: Keys, folder: Path) -> Iterator[Problem]:
    if not app.maintenance:
        return
    page = resolved(app.path, folder) / app.maintenance
    try:
        size = len(page.read_text(encoding="utf-8").encode())
    except (OSError, ValueError):
        yield Problem(keys, f'there is no page "{app.maintenance}"', "the path counts from the application's folder")
        return
    if size > LARGEST_PAGE:
        hint = "no image belongs into it but a small SVG"
        yield Problem(keys, f"{size} bytes, but HAProxy holds {LARGEST_PAGE} in one buffer", hint)


def _variables(app: AppTable, keys: Keys) -> Iterator[Problem]:
    for name, value in app.env.items():
        if wrong := unknown(value, app.secrets):
            text = f"there is no {wrong} to refer to"
            yield Problem((*keys, "env", name), text, nearest(wrong, (*REFERENCES, *app.secrets)))
    for i, name in enumerate(app.secrets):
        where = (*keys, "secrets", i)
        if name in app.env:
            yield Problem(where, f"{name} stands in env too", "keep it in secrets if nobody else may read it")
        elif name in app.secrets[:i]:
            yield Problem(where, f"{name} stands twice", "keep one of the two")


def _pages(app: AppTable, keys: Keys) -> Iterator[Problem]:
    if app.drill.write and not app.drill.body:
        yield Problem((*keys, "drill", "write"), "nothing to post: expected body beside it", 'add body = "{…}"')
    elif app.drill.body and not _is_json(app.drill.body):
        hint = "write it in single quotes, so that its own quotes need no backslash"
        yield Problem((*keys, "drill", "body"), "is not JSON", hint)


def _background(app: AppTable, keys: Keys) -> Iterator[Problem]:
    for name in app.jobs:
        if name in app.processes:
            hint = "their units would have one name; call one of them otherwise"
            yield Problem((*keys, "jobs", name), "a process has this name too", hint, at_key=True)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def build(apps: Mapping[str, AppTable], folder: Path) -> tuple[App, ...]:
    """The applications in the order of the file."""
    return tuple(_app(name, app, folder, i) for i, (name, app) in enumerate(apps.items()))


def _app(name: str, app: AppTable, folder: Path, position: int) -> App:
    made = {"path", "host", "health", "warm", "env", "processes", "jobs", "drill", "maintenance"}
    plain = app.model_dump(exclude=made)
    return App(
        name=name,
        path=resolved(app.path, folder),
        hosts=app.host,
        health=app.health or app.prefix,
        warm=app.warm or (app.prefix,),
        env=tuple(app.env.items()),
        processes=tuple(Process(name, **one.model_dump()) for name, one in app.processes.items()),
        jobs=tuple(Job(name, one.command, zoned(one.at), one.limit) for name, one in app.jobs.items()),
        drill=Pages(**app.drill.model_dump()),
        maintenance=(resolved(app.path, folder) / app.maintenance).read_text() if app.maintenance else None,
        position=position,
        **plain,
    )


def zoned(at: str) -> str:
    """All servers must mean the same moment, whatever their own zones are."""
    return at if re.search(r" (UTC|[A-Z][A-Za-z_]+/\S+)$", at) else f"{at} UTC"
