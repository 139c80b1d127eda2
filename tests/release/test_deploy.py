"""A deploy from its beginning to any end: it went well, it went all the way back, or somebody else ends it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.errors import Exit, UserError
from colonnade.model.site import App, Role
from colonnade.release.bundle import Bundle, build
from colonnade.release.ship import Release
from colonnade.release.steps import Steps
from tests.release.fleet import Killed, World, world
from tests.sites import VAULT, designed


@dataclass
class Bench:
    """The guestbook's servers, and a small app for them."""

    world: World
    folder: Path
    app: App
    said: list[str]
    sent: list[tuple[str, int, int]] = field(default_factory=list)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name.replace("_", "-")).write_text(text)

    def built(self) -> Bundle:
        return build(self.app, self.folder.parent / "work", self.said.append, cache=self.folder.parent / "cache")

    @property
    def release(self) -> Release:
        layout = designed("guestbook").layout
        return Release(Steps(layout, self.world.fleet, self.app), VAULT.ca_cert, self.said.append)

    def deploy(self) -> str:
        """The release that is live afterwards."""
        bundle = self.built()
        scratch = self.folder.parent / "scratch"
        scratch.mkdir(exist_ok=True)
        sending = nullcontext(lambda *counts: self.sent.append(counts))
        asyncio.run(self.release.deploy(bundle, scratch, sending))
        return bundle.release

    def rollback(self, release: str | None = None, across: bool = False) -> str:
        return asyncio.run(self.release.rollback(release, across))

    def killed_after(self, steps: int, work: Callable[[], Any]) -> bool:
        """Whether the work was not done by then."""
        self.world.steps_left = steps
        try:
            work()
        except Killed:
            return True
        finally:
            self.world.steps_left = float("inf")
        return False


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


def test_a_first_deploy_and_a_second(bench: Bench) -> None:
    first = bench.deploy()
    assert bench.world.serving(first)
    (bench.folder / "main.py").write_text("app = 2\n")
    second = bench.deploy()
    assert second != first
    assert bench.world.serving(second)
    assert [m.migrations for m in bench.world.machines.values()].count(2) == 1
    assert sum(m.migrations for m in bench.world.machines.values()) == 2


def test_servers_have_their_turn_one_after_the_other_and_drained(bench: Bench) -> None:
    bench.deploy()
    bench.write(main="x")
    bench.world.log.clear()
    bench.deploy()
    wanted = [f"{server}: {what}" for server in ("app1", "app2") for what in ("out", "turn", "back")]
    assert [line for line in bench.world.log if line in wanted] == wanted
    served = [line for line in bench.world.log if line in ("web1: point", "web2: point")]
    # Before the first turn web servers have both releases' static files; after the last the new one is theirs.
    assert served[:2] == ["web1: point", "web2: point"]
    assert bench.world.log.index("web2: point") < bench.world.log.index("app1: out")
    assert len(served) == 4


def test_an_unchanged_app_ships_nothing(bench: Bench) -> None:
    bench.deploy()
    bench.world.log.clear()
    bench.said.clear()
    bench.sent.clear()
    bench.deploy()
    assert {line.partition(": ")[2] for line in bench.world.log} == {"survey"}
    assert (bench.said, bench.sent) == ([], [])


def test_an_upload_tells_what_each_server_has_of_all_that_it_gets(bench: Bench) -> None:
    bench.deploy()
    for server in ("app1", "app2", "web1", "web2"):
        (first, total), *_, last = [(has, of) for name, has, of in bench.sent if name == server]
        assert 0 < first < total
        assert last == (total, total)


def test_a_changed_line_ships_the_changed_file_only(bench: Bench) -> None:
    (bench.folder / "photo.jpg").write_bytes(bytes(range(256)) * 4000)
    bench.deploy()
    (bench.folder / "main.py").write_text("app = 2\n")
    bench.sent.clear()
    bench.deploy()
    sizes = {server: (has, of) for server, has, of in bench.sent}
    assert sizes.keys() == {"app1", "app2"}
    assert all(has == of < 1000 for has, of in sizes.values())
    one, other = (bench.world.machines["app1"].root / "releases").iterdir()
    assert (one / "app/photo.jpg").stat().st_ino == (other / "app/photo.jpg").stat().st_ino


@pytest.mark.parametrize("fault", ["crash", "sick", "migrate_fails"])
def test_a_bad_release_leaves_the_fleet_on_the_old_one(bench: Bench, fault: str) -> None:
    good = bench.deploy()
    bench.write(**{fault: "", "says": "column gone\n"})
    with pytest.raises(UserError) as caught:
        bench.deploy()
    assert caught.value.where == "app1"
    assert caught.value.exit_code == Exit.FAILED
    assert bench.world.serving(good)
    assert bench.world.machines["app2"].starts == [good, good]
    wanted = "column gone" if fault == "migrate_fails" else "what the app wrote"
    assert wanted in (caught.value.detail or "")


def test_the_whole_fleet_goes_back_when_a_later_server_fails(bench: Bench) -> None:
    good = bench.deploy()
    bench.write(main="y")
    bad = bench.built().release

    machine = bench.world.machines["app2"]
    started = machine._start

    def start(unit: str) -> None:
        started(unit)
        if machine.current() == bad:
            machine.units[unit] = ["activating", 5]

    bench.world.patch.setattr(machine, "_start", start)
    with pytest.raises(UserError, match="ends again and again") as caught:
        bench.deploy()
    assert caught.value.where == "app2"
    assert bad in bench.world.machines["app1"].starts
    assert bench.world.serving(good)


def test_a_bad_first_release_leaves_nothing_running(bench: Bench) -> None:
    bench.write(crash="")
    with pytest.raises(UserError):
        bench.deploy()
    assert all(state == "inactive" for m in bench.world.machines.values() for state, _ in m.units.values())
    (bench.folder / "crash").unlink()
    assert bench.world.serving(bench.deploy())


def test_a_full_disk_is_told_before_anything_is_touched(bench: Bench) -> None:
    good = bench.deploy()
    bench.write(main="z" * 1000)
    bench.world.machines["app2"].full = True
    with pytest.raises(UserError, match="the disk is too full: 1 MB free") as caught:
        bench.deploy()
    assert caught.value.where == "app2"
    assert bench.world.serving(good)


def test_a_server_that_is_away_ends_a_deploy_before_it_begins(bench: Bench) -> None:
    bench.world.away.add("web2")
    steps = bench.release.steps
    with pytest.raises(UserError, match="web2 cannot be reached") as caught:
        steps.require(reachable=False)
    assert caught.value.exit_code == Exit.UNREACHABLE
    steps.require(reachable=True)


@pytest.mark.parametrize("answer", ["deploy", "rollback", "another"])
def test_killed_anywhere_the_next_run_finishes_or_undoes(bench: Bench, answer: str) -> None:
    """A sample of all moments; each begins where the one before has left the fleet, whole."""
    live, steps, reached = bench.deploy(), 1, True
    while reached:
        (bench.folder / "main.py").write_text(f"app = '{answer} {steps}'\n")
        reached = bench.killed_after(steps, bench.deploy)
        begun = reached and any((m.root / "deploy.json").exists() for m in bench.world.machines.values())
        if answer == "another":
            (bench.folder / "main.py").write_text(f"app = 'another after {steps}'\n")
        if answer == "rollback" and begun:
            assert bench.rollback() == live, steps
        else:
            live = bench.deploy()
        assert bench.world.serving(live), (steps, bench.world.log[-30:])
        steps += 7
    assert steps > 30


def test_who_left_a_deploy_unfinished_and_since_when(bench: Bench) -> None:
    bench.deploy()
    bench.write(main="2")
    left = bench.built().release
    steps = 1
    while bench.killed_after(steps, bench.deploy) and not (bench.world.machines["web2"].root / "deploy.json").exists():
        steps += 1
    bench.said.clear()
    bench.deploy()
    assert re.fullmatch(
        rf"\S+@\S+ left a deploy of {left} unfinished, since \d{{4}}-\d\d-\d\dT[\d:]{{8}}Z", bench.said[0]
    )


def test_a_migration_is_not_run_twice_when_its_runner_dies(bench: Bench) -> None:
    bench.deploy()
    before = sum(m.migrations for m in bench.world.machines.values())
    bench.write(main="m", says="colonnade: irreversible, the column is gone\n")
    for steps in range(1, 200, 4):
        if not bench.killed_after(steps, bench.deploy):
            break
    assert sum(m.migrations for m in bench.world.machines.values()) == before + 1
    with pytest.raises(UserError, match="no way back"):
        bench.rollback()


def test_where_nobody_can_tell_whether_a_migration_is_at_work_nothing_is_done(bench: Bench) -> None:
    bench.deploy()
    bench.write(main="n")
    for steps in range(1, 60):
        bench.killed_after(steps, bench.deploy)
        if bench.world.log[-1] == "app1: migrate":
            break
    bench.world.away.add("app1")
    with pytest.raises(UserError, match="cannot be asked whether it still is") as caught:
        bench.deploy()
    assert caught.value.exit_code == Exit.UNREACHABLE


def test_rollback_goes_to_what_was_live_before_and_back_again(bench: Bench) -> None:
    first = bench.deploy()
    bench.write(main="2")
    second = bench.deploy()
    migrations = sum(m.migrations for m in bench.world.machines.values())
    assert bench.rollback() == first
    assert bench.world.serving(first)
    assert bench.rollback() == second
    assert bench.rollback(first) == first
    assert sum(m.migrations for m in bench.world.machines.values()) == migrations


def test_rollback_to_what_is_not_kept(bench: Bench) -> None:
    first = bench.deploy()
    with pytest.raises(UserError, match="no release to go back to"):
        bench.rollback()
    bench.world.log.clear()
    with pytest.raises(UserError) as caught:
        bench.rollback("0123456789ab")
    assert str(caught.value) == (
        f"0123456789ab: no app server has this release; nothing was changed\n  try: one that all of them keep: {first}"
    )
    shutil.rmtree(bench.world.machines["app2"].root / "releases" / first)
    with pytest.raises(UserError) as caught:
        bench.rollback(first)
    assert str(caught.value) == f"{first}: this release is only on app1; nothing was changed\n  try: colonnade deploy"
    assert {line.partition(": ")[2] for line in bench.world.log} == {"survey"}


def test_an_irreversible_migration_is_crossed_only_when_told(bench: Bench) -> None:
    first = bench.deploy()
    bench.write(main="2", says="colonnade: irreversible\n")
    bench.deploy()
    bench.write(main="3", says="added an index\n")
    third = bench.deploy()
    with pytest.raises(UserError, match="no way back before it") as caught:
        bench.rollback(first)
    assert caught.value.exit_code == Exit.NEEDS_CONFIRMATION
    assert bench.world.serving(third)
    assert bench.rollback(first, across=True) == first
    # Forward again crosses nothing.
    assert bench.rollback(third) == third


def test_old_releases_go_and_their_layers_with_them(bench: Bench) -> None:
    bench.app = replace(bench.app, keep=2)
    live = [bench.deploy()]
    for text in ("2", "3", "4"):
        bench.write(main=text)
        live.append(bench.deploy())
    for machine in bench.world.machines.values():
        assert {path.name for path in (machine.root / "releases").iterdir()} == set(live[-2:])
    app = bench.world.machines["app1"].root / "layers"
    assert len([path for path in app.iterdir() if path.is_dir()]) == 2
    bench.rollback()
    assert bench.world.serving(live[-2])
