"""A deploy that goes well, and one that goes all the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.errors import Exit, UserError
from colonnade.release.gate import Gate
from tests.release.bench import Bench


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
    # It may hang, and would take all its time to stop.
    workers = [] if fault == "migrate_fails" else ["colonnade-web@1.service", "colonnade-web@2.service"]
    assert bench.world.machines["app1"].killed == workers
    wanted = "column gone" if fault == "migrate_fails" else "what the app wrote"
    assert wanted in (caught.value.detail or "")


def test_the_way_back_may_take_longer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.deploy()
    given: list[float] = []
    passed = Gate.passed

    async def asked(gate: Gate, names: tuple[str, ...], within: float, *rest: Any) -> None:
        given.append(within)
        await passed(gate, names, within, *rest)

    monkeypatch.setattr(Gate, "passed", asked)
    bench.write(crash="")
    with pytest.raises(UserError):
        bench.deploy()
    assert given == [bench.app.start, 3 * bench.app.start]


def test_one_that_falls_ill_may_finish_what_it_has_begun(bench: Bench) -> None:
    """Visitors come to a drained worker as well, when nobody else is well."""
    good = bench.deploy()
    bench.app = replace(bench.app, canary=1)
    bench.write(tires="")
    with pytest.raises(UserError, match="after it had answered"):
        bench.deploy()
    assert bench.world.serving(good)
    assert bench.world.machines["app1"].killed == []


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
    assert bench.world.machines["app1"].killed == []
    assert bench.world.machines["app2"].killed
    assert bench.world.serving(good)


def test_a_bad_first_release_leaves_nothing_running(bench: Bench) -> None:
    bench.write(crash="")
    with pytest.raises(UserError):
        bench.deploy()
    assert all(state == "inactive" for m in bench.world.machines.values() for state, _ in m.units.values())
    assert not any(m.killed for m in bench.world.machines.values())
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
