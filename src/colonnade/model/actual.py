"""What was read from a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from colonnade.model.layout import Facts
from colonnade.model.site import Role, Server

# [sha256, owner, group, mode], as the agent describes a file; None when it is not there.
Description = tuple[str, ...] | None


@dataclass(frozen=True)
class Actual:
    """One server as it is. `manifest` is what colonnade has put there, by kind and name."""

    facts: Facts
    manifest: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, Description] = field(repr=False)
    directories: Mapping[str, Description] = field(repr=False)
    units: Mapping[str, tuple[str, ...]] = field(repr=False)
    """ActiveState, UnitFileState, ConditionResult."""
    packages: frozenset[str] = field(repr=False)
    users: frozenset[str] = field(repr=False)
    ports: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    """Ports that are listened on: (unit or program, process id). Read only before the first apply."""
    servers: tuple[Server, ...] = ()
    """The servers of the site, as the last apply left them in this one's memory."""
    releases: Mapping[str, str] = field(default_factory=dict)
    """What is current on it of each application."""


def from_answer(answer: Mapping[str, Any]) -> Actual:
    """From the agent's `read`."""
    return Actual(
        facts=Facts(**answer["facts"]),
        manifest=answer["manifest"],
        files=_descriptions(answer["files"]),
        directories=_descriptions(answer["directories"]),
        units={name: tuple(state) for name, state in answer["units"].items()},
        packages=frozenset(answer["packages"]),
        users=frozenset(answer["users"]),
        servers=tuple(_server(entry) for entry in answer["servers"]),
        releases=answer["releases"],
        ports={int(port): (holder[0], int(holder[1])) for port, holder in answer["ports"].items()},
    )


def _server(entry: Mapping[str, Any]) -> Server:
    return Server(**{**entry, "roles": frozenset(Role(role) for role in entry["roles"])})


def _descriptions(found: Mapping[str, list[str] | None]) -> dict[str, Description]:
    return {path: None if seen is None else tuple(seen) for path, seen in found.items()}
