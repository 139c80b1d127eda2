"""A part of a release that changes by itself, named after its content: the app's tree, its packages, static files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.release import archive
from colonnade.release.archive import Member, stamp


@dataclass(frozen=True, slots=True)
class Part:
    """A member as it was when the layer was made; servers refuse a file that has changed since."""

    member: Member
    key: str
    """Of its content, mode and time: files that share it may be one file on a server."""
    size: int
    time: int


@dataclass(frozen=True, slots=True)
class Layer:
    kind: str
    """The folder it is in a release: app, site or static."""
    name: str
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(part.member for part in self.parts)

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes by key, links left out."""
        return {part.key: part.size for part in self.parts if part.member.target is None}

    @property
    def entries(self) -> list[list[Any]]:
        """What the servers make of it: path, key, executable, time, target of a link."""
        return [[p.member.name, p.key, p.member.executable, p.time, p.member.target] for p in self.parts]

    def pack(self, path: Path, keys: Collection[str]) -> Path:
        """An archive of the files with these keys, each once and named after its key."""
        wanted = {part.key: part.member for part in self.parts if part.member.target is None}
        return archive.write(path, (Member(key, wanted[key].read(), mtime=0) for key in keys))


def layer(kind: str, members: Iterable[Member]) -> Layer:
    parts = tuple(_part(member) for member in sorted(members, key=lambda member: member.name))
    text = json.dumps([(part.member.name, part.key, part.member.target) for part in parts])
    return Layer(kind, hashlib.sha256(text.encode()).hexdigest()[:16], parts)


def _part(member: Member) -> Part:
    data = member.read()
    mode = "x" if member.executable else ""
    own_time = "" if member.mtime is None else f".{member.mtime}"
    time = stamp(data) if member.mtime is None else member.mtime
    return Part(member, hashlib.sha256(data).hexdigest() + mode + own_time, len(data), time)
