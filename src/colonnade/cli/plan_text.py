"""A plan in words and in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from colonnade.errors import UserError
from colonnade.model.plan import Change, Plan
from colonnade.model.site import Site

SIGNS = {"add": "+", "install": "+", "start": "+", "remove": "-", "stop": "-"}
VERSION = 1


def as_text(site: Site, plan: Plan, seconds: float, servers: int) -> str:
    """One block for each server, one line for each change, then the count."""
    head = f"{site.name} · {servers} servers · read in {seconds:.1f} s"
    if not plan.changes:
        return f"{head}: nothing to do"
    lines = [head]
    for server, changes in groupby(sorted(plan.changes, key=lambda c: c.server), key=lambda c: c.server):
        lines.append(server)
        for change in changes:
            lines += _change(plan, change)
    return "\n".join([*lines, summary(plan)])


def _change(plan: Plan, change: Change) -> list[str]:
    effect = "" if plan.fresh or change.effect == "none" else f"  ({change.effect})"
    line = f"  {SIGNS.get(change.action, '~')} {change.component:<10} {change.action} {_short(change.target)}{effect}"
    return [line, *(f"      {each}" for each in change.diff.splitlines())]


def _short(target: str) -> str:
    """A few names are shown, many are counted."""
    names = target.split()
    return target if len(names) <= 4 else f"{' '.join(names[:3])} and {len(names) - 3} more"


def summary(plan: Plan) -> str:
    servers = len({change.server for change in plan.changes})
    return f"Plan: {len(plan.changes)} changes on {servers} servers. Interruption: {interruption(plan)}."


def interruption(plan: Plan) -> str:
    """What users notice."""
    if plan.fresh:
        return "none, nothing serves yet"
    effects = {c.effect for c in plan.changes if c.stops and not c.effect.startswith("none")}
    return "; ".join(sorted(effects)) or "none"


def as_document(site: Site, plan: Plan, failures: Mapping[str, UserError]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "site": site.name,
        "changes": [
            {
                "server": c.server,
                "component": c.component,
                "action": c.action,
                "target": c.target,
                "effect": c.effect,
                "diff": c.diff,
            }
            for c in plan.changes
        ],
        "interruption": interruption(plan),
        "unreachable": {name: error.problem for name, error in failures.items()},
    }
