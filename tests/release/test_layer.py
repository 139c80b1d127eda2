"""Layers: what shares a key, what a server makes of them, and that it takes nothing that changed on the way."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from colonnade.onhost import layers
from colonnade.onhost.host import Failed
from colonnade.release.archive import Member
from colonnade.release.layer import Layer, layer


def made(folder: Path, kind: Layer, monkeypatch: pytest.MonkeyPatch, pack: Path | None = None) -> Path:
    """The layer on a server that keeps its layers in the folder."""
    lacking = layers.lacking(str(folder), {kind.name: kind.sizes})
    archive = pack or kind.pack(folder.parent / "pack.tar.gz", lacking[kind.name])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(archive.read_bytes())))
    layers.fill(str(folder), kind.name, kind.entries)
    return folder / kind.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layers").mkdir()
    return tmp_path / "layers"


def test_files_modes_times_and_links_arrive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, main = Member("bin/run", b"#!/bin/sh\n", executable=True), Member("main.py", b"x = 1\n")
    found = made(folder, layer("app", [run, main, Member("again.py", b"", target="main.py")]), monkeypatch)
    assert (found / "bin/run").stat().st_mode & 0o777 == 0o755
    assert (found / "main.py").stat().st_mode & 0o777 == 0o644
    assert (found / "again.py").readlink() == Path("main.py")
    assert (found / "main.py").stat().st_mtime < 2_000_000_000
    assert list((found / "__pycache__").glob("main.*.pyc"))
    assert not (found / layers.BLOBS).exists()


def test_the_same_content_in_two_modes_is_two_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Member("a", b"same"), Member("b", b"same", executable=True)
    found = made(folder, layer("app", [one, other]), monkeypatch)
    assert (found / "a").stat().st_ino != (found / "b").stat().st_ino


def test_only_what_is_new_is_asked_for_and_bytecode_comes_along(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Member("kept.py", b"k = 1\n")
    first = made(folder, layer("app", [kept, Member("main.py", b"x = 1\n")]), monkeypatch)
    second = layer("app", [kept, Member("main.py", b"x = 2\n")])
    (keys,) = layers.lacking(str(folder), {second.name: second.sizes}).values()
    assert len(keys) == 1
    found = made(folder, second, monkeypatch)
    assert (found / "kept.py").stat().st_ino == (first / "kept.py").stat().st_ino
    pyc = f"__pycache__/kept.{sys.implementation.cache_tag}.pyc"
    assert (found / pyc).stat().st_ino == (first / pyc).stat().st_ino
    assert layers.lacking(str(folder), {second.name: second.sizes}) == {}


@pytest.mark.parametrize("many", [0, 100], ids=["compileall", "here"])
def test_bytecode_names_the_place_where_the_layer_ends_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """A template of code that is no Python by itself is nobody's error."""
    monkeypatch.setattr(layers, "MANY", many)
    members = Member("shop/main.py", b"x = 1\n"), Member("shop/new.py", b"{{ name }}: )\n")
    found = made(folder, layer("app", members), monkeypatch)
    (pyc,) = (found / "shop/__pycache__").iterdir()
    assert str(found / "shop/main.py").encode() in pyc.read_bytes()


def test_what_changed_on_the_way_is_refused_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "main.py"
    file.write_text("x = 1\n")
    wanted = layer("app", [Member("main.py", file)])
    file.write_text("x = 2\n")
    with pytest.raises(Failed, match="not what was sent"):
        made(folder, wanted, monkeypatch)
    assert not (folder / wanted.name).exists()


def test_a_disk_that_is_too_full_is_told_with_numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "free_bytes", lambda path: 70 << 20)
    wanted = layer("app", [Member("large", b"0" * (4 << 20))])
    with pytest.raises(Failed, match="70 MB free, and the release needs 9 MB and leaves 64 MB to the daemons"):
        layers.lacking(str(folder), {wanted.name: wanted.sizes})


def test_what_no_release_uses_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (layer("app", [Member("a", text)]) for text in (b"1", b"2"))
    made(folder, old, monkeypatch)
    made(folder, new, monkeypatch)
    (folder / "half.part").mkdir()
    layers.sweep(str(folder), {new.name})
    assert sorted(path.name for path in folder.iterdir()) == [new.name, f"{new.name}.json"]
