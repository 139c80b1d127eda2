"""A folder with a spec in it, and a key folder that is not the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from colonnade.spec import Loaded, load

HEAD = 'name = "shop"\ndomain = "shop.example.com"\nvip = "10.0.0.10"\n'
ALL = '[servers]\nall = { a = "10.0.0.11", b = "10.0.0.12", c = "10.0.0.13" }\n'
APP = '[apps.web]\npath = "."\nasgi = "shop.main:app"\n'

Write = Callable[..., Path]
Loads = Callable[..., Loaded]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a spec: `write(text)`, or `write(text, "colonnade.staging.toml")`."""

    def written(text: str, name: str = "colonnade.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def loads(write: Write) -> Loads:
    """Loads a spec from its text, or from servers alone."""

    def loaded(text: str = ALL, environment: str | None = None) -> Loaded:
        return load(write(text if "domain" in text else HEAD + text + APP), environment)

    return loaded


@pytest.fixture(autouse=True)
def key_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key's folder, in a place of this test alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "colonnade"
