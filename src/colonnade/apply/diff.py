"""Diffs of the files that a plan changes. Secret files show that they change, never what."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff
from typing import Any

from colonnade.model.plan import Change, Plan
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


async def with_diffs(plan: Plan, fleet: Fleet) -> Plan:
    """The plan with a unified diff in each change of files that are there. One more round trip where there are any."""
    wanted = {name: paths for name in fleet.remotes if (paths := _paths(plan, name))}

    async def one(remote: Remote) -> Any:
        return await ask(remote, "content", paths=wanted[remote.server.name])

    texts, _ = await fleet.each(one, wanted)
    return replace(plan, changes=tuple(_with_diff(c, texts.get(c.server, {})) for c in plan.changes))


def _paths(plan: Plan, server: str) -> list[str]:
    changed = (c for c in plan.changes if c.server == server and c.step.get("op") == "files" and c.action == "change")
    return [file["path"] for change in changed for file in change.step["files"] if not file["secret"]]


def _with_diff(change: Change, texts: dict[str, str | None]) -> Change:
    if change.step.get("op") != "files" or change.action != "change":
        return change
    return replace(change, diff="\n".join(_file(file, texts) for file in change.step["files"]))


def _file(file: dict[str, Any], texts: dict[str, str | None]) -> str:
    path = file["path"]
    if file["secret"]:
        return f"~ {path}: changes; it holds secrets, so it is not shown"
    old = texts.get(path)
    if old is None:
        return f"+ {path}"
    lines = unified_diff(old.splitlines(), file["content"].splitlines(), path, path, n=1, lineterm="")
    # Without its two header lines a diff of equal texts is empty: owner or mode changes.
    return "\n".join(lines) or f"~ {path}: {file['owner']}:{file['group']} {file['mode']}"
