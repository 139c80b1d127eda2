"""A machine's own file system, in a file of this computer: it has a size, so that it can be full, as a server's has."""

from __future__ import annotations

from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab import host
from colonnade.lab.spec import Machine

SIZE = 8 << 30
"""Bytes that a machine may write; the file is sparse and takes what was written."""
# Nothing is kept for root (-m 0): overlayfs writes as the one who mounted it, so that everybody could take it.
# Its empty tables are holes in the file: nobody has to write their zeros. 16 MB of journal are plenty for one machine.
HOLES = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
MAKE = ("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=16", "-E", HOLES)
# discard: what the machine deletes is free on this computer too.
OPTIONS = "loop,discard,noinit_itable"


def create(machine: Machine) -> None:
    """Makes `upper` and `work` of a new machine lead into a file system of its own; mounts what an older one has.

    Without loop devices, as inside a container, they are plain folders, and its disk is as large as this computer's.
    """
    if machine.upper.is_symlink():
        mount(machine)
    elif not machine.upper.is_dir() and _made(machine):
        for layer in (machine.work, machine.upper):
            _lead(machine, layer)
    else:
        for layer in (machine.work, machine.upper):
            layer.mkdir(exist_ok=True)


def mount(machine: Machine) -> None:
    """Nothing to do for a machine of plain folders. Raises UserError when the kernel refuses."""
    if machine.upper.is_symlink() and not _mounted(machine):
        raise UserError(machine.name, "its disk could not be mounted", f"see {_file(machine)}")


def unmount(machine: Machine) -> None:
    while _point(machine).is_mount():
        if host.attempt("umount", str(_point(machine))).returncode:
            host.run("umount", "--lazy", str(_point(machine)))


def _made(machine: Machine) -> bool:
    """Anew, should an earlier attempt have been interrupted: nobody has written to it.

    In a new file: the kernel may still hold the earlier one's file system, for another machine's mount namespace, and
    would mount that one again, over what the file no longer has.
    """
    unmount(machine)
    _file(machine).unlink(missing_ok=True)
    with _file(machine).open("wb") as file:
        file.truncate(SIZE)
    if host.attempt(*MAKE, str(_file(machine))).returncode == 0 and _mounted(machine):
        return True
    _file(machine).unlink()
    return False


def _mounted(machine: Machine) -> bool:
    if not _point(machine).is_mount():
        _point(machine).mkdir(exist_ok=True)
        host.attempt("mount", "-o", OPTIONS, str(_file(machine)), str(_point(machine)))
    return _point(machine).is_mount()


def _lead(machine: Machine, layer: Path) -> None:
    (_point(machine) / layer.name).mkdir(exist_ok=True)
    if not layer.is_symlink():
        layer.symlink_to(f"{_point(machine).name}/{layer.name}")


def _file(machine: Machine) -> Path:
    return machine.folder / "disk.img"


def _point(machine: Machine) -> Path:
    """Where it is mounted."""
    return machine.folder / "disk"
