"""Processes and jobs beside an app's workers: their units, what runs them, what is seen of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from colonnade.components.app.background import process_units, read_job, read_process, run_now
from colonnade.components.rendering import render
from colonnade.model.app import App, Job, Process
from colonnade.model.design import ServerDesign
from colonnade.model.observation import Output, Status
from colonnade.model.resources import File, Unit
from tests.components.test_app_commands import words_of_systemd
from tests.sites import design_of, example

HOUR = 3600
APP = App(
    "shop",
    Path(),
    asgi="shop.main:app",
    drain=40,
    processes=(Process("queue", "celery -A shop worker", 2), Process("mail", "python -m shop.mail")),
    jobs=(Job("nightly", "python -m shop.tidy --days '7'", "*-*-* 03:00 UTC", 600),),
)


def server(name: str = "a") -> ServerDesign:
    return design_of(replace(example("trio"), apps=(APP,))).servers[name]


def text(path: str) -> str:
    return next(file.content for _, file in server().all(File) if file.path.endswith(f"/{path}"))


def test_every_instance_is_a_unit_that_waits_for_a_release() -> None:
    units = {unit.name: unit for _, unit in server().all(Unit) if unit.name.startswith("colonnade-shop-")}
    assert [*process_units(APP), "colonnade-shop-nightly.timer"] == list(units)
    assert process_units(APP) == (
        "colonnade-shop-queue@1.service",
        "colonnade-shop-queue@2.service",
        "colonnade-shop-mail@1.service",
    )
    assert all(units[name].conditional for name in process_units(APP))


def test_a_changed_variable_restarts_a_process() -> None:
    unit = next(unit for _, unit in server().all(Unit) if unit.name == "colonnade-shop-queue@1.service")
    assert "/etc/colonnade/apps/shop.env" in unit.restart_on


def test_a_process_is_confined_as_a_worker_is() -> None:
    def rest(path: str) -> set[str]:
        own = ("Description=", "ExecStart=", "RuntimeDirectory=", "Environment=", "EnvironmentFile=/etc")
        return {line for line in text(path).splitlines() if not line.startswith(own)}

    assert rest("colonnade-shop-queue@.service") == rest("colonnade-shop@.service")
    assert "EnvironmentFile=/etc/colonnade/apps/shop.env" in text("colonnade-shop-queue@.service")
    assert "Environment=COLONNADE_PROCESS=queue COLONNADE_WORKER=%i COLONNADE_SERVER=a" in text(
        "colonnade-shop-queue@.service"
    )


def test_a_job_ends_by_itself_or_is_ended() -> None:
    unit = text("colonnade-shop-nightly.service")
    assert {"Type=oneshot", "TimeoutStartSec=600", "TimeoutStopSec=40"} <= set(unit.splitlines())
    assert "Restart=" not in unit
    assert "[Install]" not in unit
    assert "OnCalendar=*-*-* 03:00 UTC" in text("colonnade-shop-nightly.timer")


def test_by_its_timer_and_by_hand_a_job_is_one_command() -> None:
    start = next(
        line.removeprefix("ExecStart=")
        for line in text("colonnade-shop-nightly.service").splitlines()
        if line.startswith("ExecStart=")
    )
    by_timer, by_hand = words_of_systemd(start), list(run_now(APP.jobs[0]))
    assert by_timer[4] == "*-*-* 03:00 UTC"
    assert by_hand[4] == "now"
    assert [*by_timer[:4], *by_timer[5:]] == [*by_hand[:4], *by_hand[5:]]
    assert shlex.split(by_hand[-1]) == ["exec", "python", "-m", "shop.tidy", "--days", "7"]


def test_without_jobs_nothing_of_them_is_there() -> None:
    plain = design_of(example("trio")).servers["a"]
    assert not [file.path for _, file in plain.all(File) if "run-job" in file.path]
    assert "COLONNADE_RUNS_URL" not in "".join(file.content for _, file in plain.all(File))


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ("active\n0\n5000000\n6.5\n", Status.OK),
        ("active\n3\n5000000\n60\n", Status.OK),
        ("active\n3\n5000000\n6.5\n", Status.DEGRADED),
        ("activating\n9\n5000000\n60\n", Status.DEGRADED),
        ("inactive\n0\n0\n60\n", Status.DEGRADED),
    ],
)
def test_a_process_that_does_not_stay_up_is_told_of(seen: str, status: Status) -> None:
    assert read_process(Output(0, seen))[0] is status


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ("active\nsuccess\n", Status.OK),
        ("active\nexit-code\n", Status.DEGRADED),
        ("inactive\nsuccess\n", Status.DEGRADED),
    ],
)
def test_a_job_that_failed_is_told_of(seen: str, status: Status) -> None:
    assert read_job(Output(0, seen))[0] is status


@pytest.fixture
def runner() -> ModuleType:
    """The script as a module."""
    module = ModuleType("run_job")
    exec(render("app", "/etc/colonnade/apps/run-job"), module.__dict__)  # noqa: S102
    return module


def every(seconds: int) -> Callable[[str, float], list[int]]:
    def elapses(at: str, base: float) -> list[int]:
        first = int(base // seconds + 1) * seconds
        return list(range(first, first + 200 * seconds, seconds))

    return elapses


@pytest.mark.parametrize("seconds", [1, 60, HOUR, 86400, 7 * 86400, 300 * 86400])
@pytest.mark.parametrize("late", [0, 0.4])
def test_the_latest_point_is_the_timers_own(runner: ModuleType, seconds: int, late: float) -> None:
    point = 6000 * 300 * 86400 // seconds * seconds
    assert runner.latest("whatever", point + late, every(seconds)) == point


def test_a_point_that_never_was(runner: ModuleType) -> None:
    assert runner.latest("whatever", 1000.0, lambda at, base: [5000]) is None


@pytest.fixture
def table(runner: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What the statements are given, and the row that the database would answer with."""
    answer: list[Any] = [None]

    def insisting(within: float, *statements: str, **values: Any) -> Any:
        return None if answer[0] is None else [tuple(values["token"] if each == "mine" else each for each in answer[0])]

    monkeypatch.setattr(runner, "insisting", insisting)
    yield answer


def test_a_server_whose_row_it_is_runs_the_job(runner: ModuleType, table: list[Any]) -> None:
    table[0] = ("mine", "a", True, "2026-01-15 03:00:00")
    assert runner.claimed("nightly", 1.0, "t1")


def test_the_others_say_who_does(runner: ModuleType, table: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    table[0] = ("another", "b", True, "2026-01-15 03:00:00")
    assert not runner.claimed("nightly", 1.0, "t1")
    assert capsys.readouterr().out == "nightly: b runs it, for 2026-01-15 03:00:00 UTC\n"


def test_without_a_database_nobody_runs_it(runner: ModuleType, table: list[Any]) -> None:
    with pytest.raises(SystemExit, match="no database for 900 s"):
        runner.claimed("nightly", 1.0, "t1")


def test_the_commands_status_is_the_jobs(runner: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(runner, "insisting", lambda within, *statements, **values: told.append(values))
    assert runner.run("nightly", "t1", ["/bin/sh", "-c", "exit 3"]) == 3
    assert told == [{"token": "t1", "status": 3}]
    assert runner.run("nightly", "t1", ["/bin/sh", "-c", "kill -9 $$"]) == 137
