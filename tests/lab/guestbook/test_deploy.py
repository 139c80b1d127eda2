"""Releases come and go while visitors read and write: none of them notices, whatever the release is worth."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterable, Iterator

import pytest

from colonnade.apply.drain import bring_back, take_out
from colonnade.apply.draining import drains_of
from colonnade.drill.fault.breaking import broken
from tests.lab.bench import bench, done, in_force
from tests.lab.releases import CRASH, HANG, MIGRATION, SICK, configured, deploy, edited, killed_at, live, releases
from tests.lab.sites import COMMAND, LabSite
from tests.lab.traffic import traffic

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
# Short, so that a hang is over soon; an app server of a busy computer needs 3 s.
START = "start = 12"
# `start` and `drain`: one that hangs is not asked to finish what it never began.
SOON = 12 + 30
# The endpoints see it as well, and may have taken the worker out before it is asked again.
ILL = (
    "answers 500 on /healthz, after it had answered",
    "is not in the chain yet, after it had answered",
)
SOCKET = "/run/colonnade-endpoints/admin.sock"
OUT = f"echo show servers state app-web | socat stdio {SOCKET} | grep -c ' app1-[12] [^ ]* 2 8 '"


@pytest.fixture(autouse=True, scope="module")
def original(guestbook: LabSite) -> Iterator[None]:
    """The tests that follow want the site as it was."""
    guestbook.await_verdict()
    before = live(guestbook)
    yield
    guestbook.run("apply", "-e", "lab", "--yes")
    deploy(guestbook)
    assert live(guestbook) == before
    guestbook.await_verdict()


def test_a_line_is_changed_and_taken_back_and_nobody_notices(guestbook: LabSite) -> None:
    before = live(guestbook)
    with traffic(guestbook) as running, edited(guestbook, "api.py", "# one line\n"):
        said = deploy(guestbook)
        after = live(guestbook)
        assert guestbook.run("rollback", "-e", "lab").returncode == 0
    assert running.seen.failures == []
    assert after != before
    assert live(guestbook) == before
    assert "kB" in said.stderr
    assert "nothing was shipped" in deploy(guestbook).stdout
    print(said.stdout)


@pytest.mark.parametrize(
    ("module", "text", "reasons"),
    [
        ("main.py", CRASH, ("no such table: visitors",)),
        ("api.py", SICK, ILL),
        ("migrate.py", MIGRATION, ("column visitors.age is gone",)),
        ("main.py", HANG, ("for 12 s",)),
    ],
    ids=["crashes", "falls ill after 5 s", "fails its migration", "hangs"],
)
def test_a_bad_release_goes_back_and_nobody_notices(
    guestbook: LabSite, module: str, text: str, reasons: Iterable[str]
) -> None:
    before, began = live(guestbook), time.monotonic()
    with traffic(guestbook) as running, edited(guestbook, module, text), configured(guestbook, START):
        failed = deploy(guestbook, check=False)
    assert failed.returncode == 1
    assert time.monotonic() - began < SOON
    assert failed.stderr.splitlines()[-1:] != []
    assert "error: app1: " in failed.stderr
    assert any(reason in failed.stderr for reason in reasons)
    assert running.seen.failures == []
    assert live(guestbook) == before


def test_a_full_disk_is_told_before_anything_is_touched(guestbook: LabSite) -> None:
    before = live(guestbook)

    async def work() -> subprocess.CompletedProcess[str]:
        async with (
            bench(guestbook) as own,
            broken(own.breaker, own.fault("base", "fill-disk", "app2"), 60) as course,
        ):
            in_force(course)
            return await asyncio.to_thread(deploy, guestbook, check=False)

    with traffic(guestbook) as running, edited(guestbook, "api.py", "# too much\n"):
        failed = done(work())
    assert failed.returncode == 1
    assert "error: app2: the disk is too full" in failed.stderr
    assert running.seen.failures == []
    assert live(guestbook) == before


def test_a_killed_deploy_is_finished_by_the_next(guestbook: LabSite) -> None:
    with traffic(guestbook) as running:
        with edited(guestbook, "api.py", "# killed\n"):
            killed_at(guestbook, "app1 runs")
            assert releases(guestbook)["unfinished"]
            assert "left a deploy of" in deploy(guestbook).stderr
            after = live(guestbook)
        assert guestbook.run("rollback", "-e", "lab").returncode == 0
    assert running.seen.failures == []
    assert live(guestbook) != after


def test_a_second_deploy_is_told_who_is_at_work(guestbook: LabSite) -> None:
    with edited(guestbook, "api.py", "# two at once\n"):
        command = [COMMAND, "deploy", "-e", "lab"]
        with subprocess.Popen(command, cwd=guestbook.spec.parent, stderr=subprocess.PIPE, text=True) as first:
            assert first.stderr
            assert next((line for line in first.stderr if "sent" in line or "migrated" in line), None)
            second = deploy(guestbook, check=False)
            first.stderr.read()
    assert second.returncode == 5
    assert ", deploy, since " in second.stderr
    assert first.returncode == 0


def test_another_value_of_the_environment_restarts_one_server_after_the_other(guestbook: LabSite) -> None:
    with traffic(guestbook) as running, configured(guestbook, 'env = { COLOUR = "red" }'):
        guestbook.run("apply", "-e", "lab", "--yes")
    assert running.seen.failures == []


def test_what_is_drained_stays_out_through_reloads_and_restarts(guestbook: LabSite) -> None:
    async def work() -> None:
        async with bench(guestbook) as own:
            layout = own.session.remembered_design().layout
            drains = drains_of(layout, own.servers["app1"])
            await take_out(own.breaker.fleet, drains)
            try:
                for verb in ("reload", "restart"):
                    await own.until("web1", OUT, "2")
                    await own.run("web1", f"systemctl {verb} colonnade-endpoints.service")
                    await own.until("web1", OUT, "2")
            finally:
                await bring_back(own.breaker.fleet, drains)
            await own.until("web1", OUT, "0")

    done(work())
    with traffic(guestbook) as running:
        running.await_writes(30)
    assert running.seen.failures == []
