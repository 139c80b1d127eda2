"""A machine's own control groups, where no systemd of this computer hands them out.

Two machines started from the same group share every unit's group below it: stopping nginx on one waits for, and may
kill, nginx on the other.
"""

from __future__ import annotations

import errno
import time
from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab.spec import Machine


def systemd_runs() -> bool:
    """Whether this computer's init is systemd; systemd-nspawn then asks it for a scope."""
    return Path("/run/systemd/system").is_dir()


def make(machine: Machine) -> tuple[Path, ...]:
    """The machine's groups, one in each hierarchy that systemd keeps its units in.

    Raises UserError when this computer does not let us have them.
    """
    if systemd_runs():
        return ()
    groups = tuple(top / f"colonnade-{machine.id}" for top in hierarchies(Path("/proc/self/mountinfo").read_text()))
    try:
        for group in groups:
            group.mkdir(exist_ok=True)
    except OSError as error:
        hint = "inside a container, give it control groups of its own; a virtual machine always works"
        raise UserError(machine.name, f"no control group can be made for it: {error}", hint) from error
    return groups


def remove(machine: Machine) -> None:
    """Deletes the groups and all below them; call when no process is left in them."""
    if systemd_runs():
        return
    for top in hierarchies(Path("/proc/self/mountinfo").read_text()):
        _remove(top / f"colonnade-{machine.id}")


def hierarchies(mountinfo: str) -> tuple[Path, ...]:
    """Where cgroup v2 and version 1's `name=systemd` are mounted."""
    found = []
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        kind, _, options = source.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(mount.split()[4]))
    return tuple(found)


def _remove(group: Path) -> None:
    if group.is_dir():
        for below in group.iterdir():
            if below.is_dir():
                _remove(below)
        _delete(group)


def _delete(group: Path, pause: float = 0.001) -> None:
    """The kernel holds a group a moment longer than its last process."""
    try:
        group.rmdir()
    except OSError as error:
        if error.errno != errno.EBUSY or pause > 1:
            raise
        time.sleep(pause)
        _delete(group, 2 * pause)
