"""Pass 2 of a design: what must be on a server."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package."""

    name: str


@dataclass(frozen=True, slots=True)
class User:
    """A system user with a group of the same name."""

    name: str
    home: str = "/nonexistent"
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o755


@dataclass(frozen=True)
class File:
    """A file, checked before it takes the place of the old one.

    `check` is a shell command in which `{path}` is the new content's temporary path. `early` files are written
    before packages are installed.
    """

    path: str
    content: str = field(repr=False)
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    secret: bool = False
    check: str | None = None
    early: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit that runs and starts at boot, or (`running=False`) is stopped and masked.

    A change to a file in `restart_on` restarts it, one in `reload_on` reloads it. `ready` is a shell command that
    succeeds once the unit serves; `ready_within` bounds the wait in seconds. `conditional` units may rest until the
    first release is there.
    """

    name: str
    running: bool = True
    restart_on: tuple[str, ...] = ()
    reload_on: tuple[str, ...] = ()
    ready: str | None = None
    ready_within: int = 60
    conditional: bool = False
    effect: str = "none"
    """What a restart does to the service, in words, for the plan."""


@dataclass(frozen=True)
class Task:
    """A command that runs once for each change of its content, after the component's units are ready."""

    name: str
    command: str
    on: tuple[str, ...] = ()
    """Paths whose content belongs to the task's identity."""
    within: int = 120


Resource = Package | User | Directory | File | Unit | Task
