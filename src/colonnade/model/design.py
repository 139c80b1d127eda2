"""The design: everything that must be on every server, and notes on what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from colonnade.model.layout import Layout
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit, User
from colonnade.model.site import Server

Kind = TypeVar("Kind", Package, User, Directory, File, Unit, Task)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should know of the design: where roles were placed, what a loss would cost."""

    severity: str
    """info or warning."""
    text: str


@dataclass(frozen=True, slots=True)
class ServerDesign:
    """One server's resources by component, components in the order in which they stand up."""

    server: Server
    components: tuple[tuple[str, tuple[Resource, ...]], ...]

    def all(self, kind: type[Kind]) -> Iterator[tuple[str, Kind]]:
        """Every resource of a kind, with the component it belongs to."""
        for component, resources in self.components:
            for resource in resources:
                if isinstance(resource, kind):
                    yield component, resource


@dataclass(frozen=True)
class Design:
    layout: Layout
    servers: Mapping[str, ServerDesign]
    order: tuple[tuple[str, ...], ...]
    """Component names in phases: all of a phase may stand up together once the phases before it stand."""
    notes: tuple[Note, ...] = ()
