"""A machine's own control groups, holding systemd-nspawn and everything inside.

Two machines started from the same group share every unit's group below it: stopping nginx on one waits for, and may
kill, nginx on the other.
"""

from __future__ import annotations

import errno
import time
from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab import host
from colonnade.lab.spec import Machine

ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit; shift; done; shift; exec "$@"'
"""Enters control groups, then becomes the command: `sh -c ENTER sh GROUP… -- COMMAND…`."""
PATIENCE = 30
"""Seconds for a killed process to end; one that waits for a disk ends only once the disk has answered."""


def paths(machine: Machine) -> tuple[str, ...]:
    """Where the machine's processes are found, as /proc/PID/cgroup spells it: without systemd, and with it."""
    return (f"/{_name(machine)}/", f"/machine.slice/{_name(machine)}.scope/")


def enter(machine: Machine) -> list[str]:
    """The words before a command that put it into the machine's groups, made if need be.

    This computer's systemd, if it has one, owns the groups and is asked for a scope. Raises UserError when there is
    none and this computer does not let us make groups either.
    """
    if _systemd_runs():
        scope = [f"--unit={_name(machine)}", "--slice=machine.slice", "--property=Delegate=yes"]
        return ["systemd-run", "--quiet", "--scope", "--collect", *scope, "--"]
    return ["sh", "-c", ENTER, "sh", *(str(group) for group in _make(machine)), "--"]


def remove(machine: Machine) -> None:
    """Deletes the groups and all below them, once the last process has ended; call when all of them were killed.

    Raises UserError when one does not end.
    """
    if _systemd_runs():
        host.attempt("systemctl", "stop", f"{_name(machine)}.scope")
        return
    for group in _groups(machine):
        if not emptied(group, PATIENCE):
            raise _busy(machine, group)


def emptied(group: Path, seconds: float) -> bool:
    """Whether the group could be deleted within the time: the kernel holds it a moment longer than its last process."""
    deadline, pause = time.monotonic() + seconds, 0.001
    while True:
        try:
            _delete(group)
            return True
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        if time.monotonic() > deadline:
            return False
        # Not by watching cgroup.events: version 1 has none.
        time.sleep(pause)
        pause = min(2 * pause, 0.5)


def hierarchies(mountinfo: str) -> tuple[Path, ...]:
    """Where cgroup v2 and version 1's `name=systemd` are mounted."""
    found = []
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        kind, _, options = source.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(mount.split()[4]))
    return tuple(found)


def _name(machine: Machine) -> str:
    return f"colonnade-{machine.id}"


def _systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir()


def _groups(machine: Machine) -> tuple[Path, ...]:
    tops = hierarchies(Path("/proc/self/mountinfo").read_text())
    return tuple(top / _name(machine) for top in tops)


def _make(machine: Machine) -> tuple[Path, ...]:
    groups = _groups(machine)
    try:
        for group in groups:
            group.mkdir(exist_ok=True)
    except OSError as error:
        hint = "inside a container, give it control groups of its own; a virtual machine always works"
        raise UserError(machine.name, f"no control group can be made for it: {error}", hint) from error
    return groups


def _busy(machine: Machine, group: Path) -> UserError:
    left = _processes(group)
    see = f"see ps {' '.join(left)}; once that has ended, " if left else ""
    return UserError(
        machine.name, f"its control group is busy after {PATIENCE} s: {group}", f"{see}run the command again"
    )


def _delete(group: Path) -> None:
    if group.is_dir():
        for below in group.iterdir():
            if below.is_dir():
                _delete(below)
        group.rmdir()


def _processes(group: Path) -> list[str]:
    return [number for each in sorted(group.rglob("cgroup.procs")) for number in each.read_text().split()]
