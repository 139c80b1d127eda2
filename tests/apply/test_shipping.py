"""A release on its way from one server to another: what one packs the other unpacks."""

from __future__ import annotations

import subprocess
from pathlib import Path

from colonnade.apply.shipping import PACK, UNPACK


def copied(source: Path, target: Path) -> None:
    words = {"app": "web", "release": "r1"}
    packed = subprocess.run(["/bin/sh", "-c", PACK.format(root=source, **words)], stdout=subprocess.PIPE, check=True)
    subprocess.run(["/bin/sh", "-c", UNPACK.format(root=target, **words)], input=packed.stdout, check=True)


def test_a_release_arrives_with_its_layers_however_often(tmp_path: Path) -> None:
    source, target = tmp_path / "old", tmp_path / "new"
    (source / "web/layers/tree-1").mkdir(parents=True)
    (source / "web/layers/tree-1/main.py").write_text("app = 1\n")
    (source / "web/layers/other").mkdir()
    (source / "web/releases/r1").mkdir(parents=True)
    (source / "web/releases/r1/app").symlink_to("../../layers/tree-1")
    (source / "web/releases/r1/release.env").write_text("COLONNADE_RELEASE=r1\n")
    (target / "web").mkdir(parents=True)
    for _ in range(2):
        copied(source, target)
    assert (target / "web/current/app/main.py").read_text() == "app = 1\n"
    assert (target / "web/current/release.env").read_text() == "COLONNADE_RELEASE=r1\n"
    assert sorted(path.name for path in (target / "web").iterdir()) == ["current", "layers", "releases"]
    assert [path.name for path in (target / "web/layers").iterdir()] == ["tree-1"]
