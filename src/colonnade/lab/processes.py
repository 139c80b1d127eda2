"""Machines as this computer's process table has them: nothing is recorded, so no record can be stale."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass
from pathlib import Path

from colonnade.lab import cgroups
from colonnade.lab.spec import Machine

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this computer."""

    pid: int
    command: tuple[str, ...]
    groups: tuple[str, ...]
    """Paths of its control groups."""
    inner: tuple[int, ...]
    """Its numbers in the process namespaces below ours; none for a process in ours, 1 for a machine's init."""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs of a machine. A whole one has both systemd-nspawn and an init; either may have died alone."""

    nspawn: int | None
    init: int | None
    members: tuple[int, ...]
    """All of it, on either side."""


def table() -> tuple[Process, ...]:
    """Every process this computer has now."""
    found = (_process(path) for path in PROC.iterdir() if path.name.isdigit())
    return tuple(process for process in found if process)


def find(machine: Machine, processes: tuple[Process, ...]) -> Running | None:
    """What runs of the machine, or None when nothing does.

    Its control groups tell. A lab inside a machine of this computer may use the same names, but deeper down.
    """
    tops = cgroups.paths(machine)
    mine = [p for p in processes if any(f"{group}/".startswith(tops) for group in p.groups)]
    nspawn = next((p.pid for p in mine if not p.inner and Path(p.command[0]).name == "systemd-nspawn"), None)
    init = next((p.pid for p in mine if p.inner == (1,)), None)
    return Running(nspawn, init, tuple(p.pid for p in mine)) if mine else None


def memory(running: Running) -> int:
    """Bytes of the machine's processes: pages shared with other machines are divided among them."""
    return sum(_proportional(pid) for pid in running.members)


def uptime(running: Running) -> float:
    """Seconds since the machine's init started."""
    if running.init is None or (fields := _stat(PROC / str(running.init))) is None:
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK"))


def kill(pid: int, signal: int) -> None:
    """Sends a signal, unless the process is gone already."""
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return


def wait_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within the time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
        return bool(ready)
    finally:
        os.close(descriptor)


def _process(path: Path) -> Process | None:
    """None when it ended while we looked, or is dead and waits for its parent (no command any more)."""
    try:
        command = (path / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace")
        groups = (path / "cgroup").read_text().splitlines()
        status = (path / "status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    if not command:
        return None
    numbers = next((line.split()[1:] for line in status if line.startswith("NSpid:")), [])
    paths = tuple(line.split(":", 2)[2] for line in groups)
    return Process(int(path.name), tuple(command.split("\0")), paths, tuple(int(number) for number in numbers[1:]))


def _stat(path: Path) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on; the second is a name that may hold anything."""
    try:
        return (path / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _proportional(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
