"""A deploy whose runner died: the next one finishes or undoes it."""

from __future__ import annotations

import re

import pytest

from colonnade.errors import Exit, UserError
from tests.release.bench import Bench


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
