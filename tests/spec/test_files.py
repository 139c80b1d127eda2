"""Private files, whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.spec.files import alone, create, replace


def test_create_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert create(path, b"first")
    assert not create(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_create_where_hard_links_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert create(tmp_path / "file", b"first")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_replace(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        create(tmp_path / "nowhere" / "file", b"")


def test_one_at_a_time(tmp_path: Path) -> None:
    events: list[str] = []
    entered = threading.Event()

    def other() -> None:
        entered.set()
        with alone(tmp_path):
            events.append("other")

    thread = threading.Thread(target=other)
    with alone(tmp_path):
        thread.start()
        assert entered.wait(5)
        events.append("first")
    thread.join(5)
    assert events == ["first", "other"]
