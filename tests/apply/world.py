"""All servers of a site, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.apply.plan import make_plan
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.plan import Change, Plan
from tests.apply.machine import Machine
from tests.sites import designed


def applied(name: str) -> tuple[dict[str, Machine], Design]:
    """Machines on which an example stands, and its design."""
    design = designed(name)
    world = machines(design)
    carry_out(make_plan(design, read(world)), world)
    return world, design


def machines(design: Design) -> dict[str, Machine]:
    """Fresh ones."""
    return {name: Machine(server) for name, server in design.servers.items()}


def read(found: Mapping[str, Machine]) -> dict[str, Actual]:
    return {name: machine.actual() for name, machine in found.items()}


def in_order(plan: Plan) -> Iterator[Change]:
    for phase in plan.phases:
        for changes in plan.of(phase).values():
            yield from changes


def carry_out(plan: Plan, found: Mapping[str, Machine], steps: int | None = None) -> None:
    """All of a plan, or its first steps only."""
    for change in list(in_order(plan))[:steps]:
        found[change.server].perform(change)
