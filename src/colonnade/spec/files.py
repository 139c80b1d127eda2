"""Files on the operator's computer, written whole or not at all; most of them private."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.errors import UserError


def create(path: Path, content: bytes) -> bool:
    """Writes a file that only its owner may read; False when there is one already, which stays as it is."""
    beside = _written(path, content)
    try:
        path.hardlink_to(beside)  # unlike a rename, refuses to replace what somebody else has just made
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def replace(path: Path, content: bytes) -> None:
    """Puts a file that only its owner may read in the place of the one that is there."""
    _written(path, content).replace(path)


def rewrite(path: Path, content: bytes) -> None:
    """Puts new content in the place of what is there, whole or not at all; who may read it stays as it is."""
    mode = path.stat().st_mode & 0o777
    beside = _written(path, content)
    beside.chmod(mode)
    beside.replace(path)


def private_folder(path: Path) -> None:
    """Makes a folder that only its owner may enter; one that is there stays as it is."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(str(path), f"cannot be made: {error.strerror}", "make this folder writable") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps other processes that ask for the same out until the end."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _written(path: Path, content: bytes) -> Path:
    """A file beside `path`: mode 0600 from its first byte on, and on the disk before it gets its name."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(str(path), f"cannot be written: {error.strerror}", "make its folder writable") from None
    return Path(name)
