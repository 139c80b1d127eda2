"""The process that gives a lab machine its power back: it ends with its drill, and does nothing unasked."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade import lab
from colonnade.drill.fault.in_lab import dismiss, restore_lost, waiter
from colonnade.drill.fault.waiter import record

LOST = """
import sys, time
from pathlib import Path
from colonnade import lab
from colonnade.drill.fault.in_lab import waiter
spec = lab.LabSpec("none", "cn-none", "10.76.9.1", (("db1", "10.76.9.11"),), (), Path(sys.argv[1]))
print(waiter(spec, "db1", 600).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def spec(tmp_path: Path) -> lab.LabSpec:
    """A lab that is not there: what would start its machine fails."""
    return lab.LabSpec("none", "cn-none", "10.76.9.1", (("db1", "10.76.9.11"),), (), tmp_path)


def test_it_ends_with_a_word(spec: lab.LabSpec) -> None:
    process = waiter(spec, "db1", 600)
    record(spec.state, "db1").touch()
    dismiss(process)
    assert process.returncode == 0
    assert record(spec.state, "db1").exists()


def test_it_starts_nothing_that_nobody_recorded(spec: lab.LabSpec) -> None:
    process = waiter(spec, "db1", 600)
    process.communicate()
    assert process.returncode == 0


def test_its_time_over_it_starts_the_machine(spec: lab.LabSpec) -> None:
    """Which fails here, and leaves the record to the next drill."""
    record(spec.state, "db1").touch()
    process = waiter(spec, "db1", 0.1)
    assert process.wait(60) == 1
    assert record(spec.state, "db1").exists()


def test_it_ends_soon_after_its_drill_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", LOST, str(tmp_path)], stdout=subprocess.PIPE) as drill:
        assert drill.stdout
        pid = int(drill.stdout.readline())
        descriptor = os.pidfd_open(pid)
        drill.send_signal(signal.SIGKILL)
    assert gone(descriptor, 60)


def test_ctrl_c_does_not_reach_it(spec: lab.LabSpec) -> None:
    process = waiter(spec, "db1", 600)
    assert os.getsid(process.pid) != os.getsid(0)
    dismiss(process)


def test_a_record_of_a_machine_that_the_lab_has_no_more_is_dropped(spec: lab.LabSpec) -> None:
    record(spec.state, "old").touch()
    assert restore_lost(spec) == ("old",)
    assert restore_lost(spec) == ()


def gone(descriptor: int, seconds: float) -> bool:
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
