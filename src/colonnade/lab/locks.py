"""Commands on one lab exclude each other; commands on single machines exclude only those on the same machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab.spec import Machine, site_folder


@contextmanager
def whole_lab(site: str) -> Iterator[None]:
    """Waits until no other command works on the lab."""
    with _locked(site_folder(site), fcntl.LOCK_EX, make=True):
        yield


@contextmanager
def one_machine(machine: Machine) -> Iterator[None]:
    """Waits until no other command works on the machine. Raises UserError when it was never made."""
    try:
        with _locked(site_folder(machine.site), fcntl.LOCK_SH), _locked(machine.folder, fcntl.LOCK_EX):
            yield
    except FileNotFoundError as error:
        if machine.folder.exists():
            raise
        raise UserError(machine.name, "the machine is not there yet", "colonnade lab up") from error


@contextmanager
def _locked(folder: Path, kind: int, *, make: bool = False) -> Iterator[None]:
    descriptor = _acquire(folder, kind, make=make)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquire(folder: Path, kind: int, *, make: bool) -> int:
    """The lock is on the folder itself; who waited while it was deleted holds the lock of nothing and tries again."""
    while True:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, kind)
        if _same(descriptor, folder):
            return descriptor
        os.close(descriptor)


def _same(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False
