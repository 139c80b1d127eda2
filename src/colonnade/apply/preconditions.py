"""What must hold before anything is changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.plan import Plan
from colonnade.model.resources import Unit


def require_free_ports(design: Design, actual: Mapping[str, Actual]) -> None:
    """UserError when somebody else's program listens where one of ours is to listen."""
    problems = [p for name in design.servers if name in actual for p in _held(design, name, actual[name])]
    if problems:
        where, problem, hint = problems[0]
        detail = "\n".join(f"{w}: {p}" for w, p, _ in problems[1:])
        raise UserError(where, f"{problem}; nothing was changed", hint, detail=detail)


def _held(design: Design, name: str, actual: Actual) -> list[tuple[str, str, str]]:
    own = {unit.name for _, unit in design.servers[name].all(Unit)}
    found = []
    for listener in design.layout.listeners_on[name]:
        holder, process = actual.ports.get(listener.port, ("", 0))
        if holder and holder not in own:
            problem = f"port {listener.port}, which {listener.component} needs, is held by {holder} (process {process})"
            found.append((name, problem, f"stop it for good: systemctl disable --now {holder}"))
    return found


def require_packages_of_image(plan: Plan) -> None:
    """For machines of the lab, which reach no mirror: UserError when their image lacks what the spec needs by now."""
    lacking = {name for change in plan.changes if change.step.get("op") == "install" for name in change.step["names"]}
    if lacking:
        problem = f"the machines' image has no {', '.join(sorted(lacking))}; nothing was changed"
        raise UserError("lab", problem, "machines with another image: colonnade lab down, then colonnade lab up")
