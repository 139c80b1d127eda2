"""Faults that a killed drill has left, undone before the next one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.errors import UserError
from colonnade.remote.agent import follow
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


async def undo_leftovers(fleet: Fleet) -> Mapping[str, tuple[str, ...]]:
    """What was still in force or has undone itself meanwhile, by server. Machines of the lab come first: restore_lost.

    Whoever calls holds the site's lock: another operator's drill looks the same. Raises UserError when one stays.
    """
    answers, errors = await fleet.each(_undo)
    for error in errors.values():
        raise error
    return {server: names for server, names in answers.items() if names}


async def _undo(remote: Remote) -> tuple[str, ...]:
    heard: list[dict[str, Any]] = []
    await follow(remote, "fault", heard.append, do="leftovers")
    found = heard[-1]["found"]
    stuck = [name for name, one in found.items() if not one["undone"]]
    if stuck:
        hint = f"see there: systemctl status 'colonnade-undo-{stuck[0]}.*'"
        raise UserError(remote.server.name, f"a fault of an earlier drill stays in force: {stuck[0]}", hint)
    return tuple(sorted(found))
