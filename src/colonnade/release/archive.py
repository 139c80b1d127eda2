"""Deterministic tar.gz files: the same content gives the same bytes, on any computer."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, or with `target` a symbolic link."""

    name: str
    content: Path | bytes
    executable: bool = False
    target: str | None = None
    mtime: int | None = None
    """What follows from the content when None."""

    def read(self) -> bytes:
        """The bytes that identify the member: a file's content, a link's target."""
        if self.target is not None:
            return self.target.encode()
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


# Level 6 is a tenth smaller and takes four times as long: worth it only below some 5 Mbit/s.
LEVEL = 1


def write(path: Path, members: Iterable[Member], level: int = LEVEL) -> Path:
    """Write the archive beside its place, then rename: a reader never sees half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as raw:
        half = Path(raw.name)
        try:
            _fill(raw, members, level)
            half.replace(path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
    return path


def compress(data: bytes) -> bytes:
    """A precompressed variant, at the best level since it is made once and served often."""
    return gzip.compress(data, 9, mtime=0)


def stamp(data: bytes) -> int:
    """A modification time that follows from the content, in 2001 to 2010.

    nginx builds ETag from time and size. With one fixed time, an edit that keeps the size would look unchanged to
    browsers; with the time of the unpacking, two web servers would disagree on the same file.
    """
    return 1_000_000_000 + int(hashlib.sha256(data).hexdigest()[:7], 16)


def _fill(raw: IO[bytes], members: Iterable[Member], level: int) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=level, fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for member in sorted(members, key=lambda m: m.name):
            _add(tar, member)


def _add(tar: tarfile.TarFile, member: Member) -> None:
    data = member.read()
    info = tarfile.TarInfo(member.name)
    info.mode = 0o755 if member.executable else 0o644
    info.mtime = stamp(data) if member.mtime is None else member.mtime
    if member.target is not None:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, member.target, 0o777
        tar.addfile(info)
        return
    info.size = len(data)
    tar.addfile(info, BytesIO(data))


def executable(path: Path) -> bool:
    """Whether its owner may run the file; the rest of the mode depends on the umask of a checkout."""
    return bool(path.stat().st_mode & 0o100)
