"""The order in which components stand up."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from colonnade.model.component import Component


def phases(components: Mapping[str, Component]) -> tuple[tuple[str, ...], ...]:
    """Components in phases: a phase waits for those before it, its members do not wait for each other.

    Raises graphlib.CycleError when `after` goes in a circle.
    """
    sorter = TopologicalSorter({name: component.after for name, component in components.items()})
    sorter.prepare()
    found: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        found.append(ready)
        sorter.done(*ready)
    return tuple(found)
