"""A small application in a folder, a cache that is not the user's own, and servers to deploy on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.model.app import App
from colonnade.model.site import Role
from colonnade.release.bundle import Bundle, build
from tests.release.bench import Bench
from tests.release.fleet import world
from tests.sites import designed

Write = Callable[..., Path]
Build = Callable[..., Bundle]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shop"


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file of the app: `write("shop/main.py", "app = None")`."""

    def written(name: str, text: str = "") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    written("shop/__init__.py")
    written("shop/main.py", "app = None\n")
    return written


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def bundle(tmp_path: Path, folder: Path, write: Write, cache: Path) -> Build:
    """Builds the app; as a command, which needs no package, unless told otherwise."""

    def built(say: Callable[[str], None] = lambda _: None, **changes: Any) -> Bundle:
        settings = changes or {"command": "python -m shop.main"}
        if not {"asgi", "wsgi", "command"} & set(settings):
            settings["command"] = "python -m shop.main"
        return build(App("web", folder, **settings), tmp_path / "work", say, cache=cache)

    return built


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    layout = designed("guestbook").layout
    servers = dict.fromkeys((*layout.having(Role.APP), *layout.having(Role.WEB)))
    folder = tmp_path / "shop"
    (folder / "static").mkdir(parents=True)
    (folder / "main.py").write_text("app = 1\n")
    (folder / "static/site.css").write_text("body {}")
    app = replace(
        layout.site.apps[0], path=folder, asgi=None, command="python main.py", migrate="true", canary=0, start=1
    )
    return Bench(world(servers, tmp_path / "servers", monkeypatch), folder, app, [])
