"""A small application in a folder, and a cache that is not the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colonnade.model.app import App
from colonnade.release.bundle import Bundle, build

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
