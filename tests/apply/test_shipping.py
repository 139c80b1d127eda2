"""A release on its way from one server to another: what one packs the other unpacks."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from colonnade.apply.shipping import PACK, UNPACK, make_current
from colonnade.errors import UserError
from tests.release.fleet import world
from tests.sites import example


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
    assert (target / "web/releases/r1/app/main.py").read_text() == "app = 1\n"
    assert (target / "web/releases/r1/release.env").read_text() == "COLONNADE_RELEASE=r1\n"
    assert sorted(path.name for path in (target / "web").iterdir()) == ["layers", "releases"]
    assert [path.name for path in (target / "web/layers").iterdir()] == ["tree-1"]


def test_what_has_arrived_is_current_and_the_monitors_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world([example("guestbook").by_name["app2"]], tmp_path, monkeypatch)
    asyncio.run(make_current(made.fleet.remotes["app2"], "web", "r1"))
    assert made.machines["app2"].current() == "r1"
    told = (tmp_path / "app2/metrics/release-web.prom").read_text()
    assert told == 'colonnade_release_info{app="web",release="r1"} 1\n'


def test_one_that_cannot_be_made_current_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world([example("guestbook").by_name["app2"]], tmp_path, monkeypatch)
    (tmp_path / "app2/web/current").mkdir()
    with pytest.raises(UserError, match="Is a directory") as caught:
        asyncio.run(make_current(made.fleet.remotes["app2"], "web", "r1"))
    assert caught.value.where == "app2"
