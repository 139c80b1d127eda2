"""Back to a kept release, and which ones are kept."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from colonnade.errors import Exit, UserError
from tests.release.bench import Bench


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
