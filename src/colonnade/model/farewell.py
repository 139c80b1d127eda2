"""What must be forgotten of a server that leaves, offered by the component that remembers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Farewell:
    """A shell command that runs as root on one of the servers that stay. It may be run more than once."""

    component: str
    server: str
    """The one that leaves."""
    on: tuple[str, ...]
    """Where: the first of these that can be reached."""
    text: str
    """What it does, in words: `etcd member db4 is removed`."""
    command: str
    before: bool = False
    """While the component still runs on the server that leaves; else once it is stopped there."""
