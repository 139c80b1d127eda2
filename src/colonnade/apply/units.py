"""Which units must be started, restarted, reloaded or stopped. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.model.actual import Actual
from colonnade.model.design import ServerDesign
from colonnade.model.plan import RETIRE, Change
from colonnade.model.resources import Resource, Unit

ENABLED = frozenset({"enabled", "static", "alias", "indirect", "generated", "enabled-runtime"})
RESTING = ("inactive", "failed", "")


def unit_changes(
    server: str, component: str, resources: tuple[Resource, ...], hashes: Mapping[str, str], actual: Actual
) -> Iterator[Change]:
    """One change at most for each unit of a component. `hashes` has every file of the server's design."""
    for unit in (r for r in resources if isinstance(r, Unit)):
        yield from (
            _running(server, component, unit, hashes, actual)
            if unit.running
            else _stopped(server, component, unit, actual)
        )


def _running(server: str, component: str, unit: Unit, hashes: Mapping[str, str], actual: Actual) -> Iterator[Change]:
    stamps = [_stamp(unit.restart_on, hashes), _stamp(unit.reload_on, hashes)]
    action = _action(unit, stamps, hashes, actual)
    if action is None:
        return
    step = {"op": "unit", "component": component, "name": unit.name, "action": action, "enable": True}
    watch = {"ready": unit.ready, "within": unit.ready_within, "conditional": unit.conditional, "stamps": stamps}
    if unit.name not in actual.manifest["units"]:
        # Nobody has used it yet.
        yield Change(server, component, "start", unit.name, step={**step, **watch})
        return
    effect = {"reload": "none, no dropped connection", "start": "none, it is not running"}.get(action, unit.effect)
    yield Change(server, component, action, unit.name, effect, stops=action == "restart", step={**step, **watch})


def _action(unit: Unit, stamps: list[str], hashes: Mapping[str, str], actual: Actual) -> str | None:
    known = actual.manifest["units"].get(unit.name)
    state, enabled, condition = actual.units.get(unit.name, ("", "", ""))
    if known is None or not known["running"]:
        # A package may have started it with a configuration of its own. What reads changes without a restart gets none:
        # an interrupted apply may have left Patroni in the middle of making the cluster.
        return "restart" if unit.restart_on else "reload"
    if known["stamps"][0] != stamps[0]:
        return "restart"
    if _edited(unit.restart_on, hashes, actual):
        return "restart"
    resting = unit.conditional and condition == "no"
    if state != "active" and not resting:
        return "start"
    if known["stamps"][1] != stamps[1] or _edited(unit.reload_on, hashes, actual):
        return "reload"
    # Whatever the action, the unit is enabled with it.
    return None if enabled in ENABLED else "start"


def _edited(paths: tuple[str, ...], hashes: Mapping[str, str], actual: Actual) -> bool:
    """Somebody changed a file on the server: the daemon may have read that, so mending the file is not enough."""
    return any((actual.files.get(path) or ("",))[0] != hashes.get(path) for path in paths)


def _stamp(paths: tuple[str, ...], hashes: Mapping[str, str]) -> str:
    """What a unit last started with; kept in the manifest, so that an interrupted apply still restarts it."""
    text = "\n".join(f"{path} {hashes.get(path, '')}" for path in paths)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stopped(server: str, component: str, unit: Unit, actual: Actual) -> Iterator[Change]:
    known = actual.manifest["units"].get(unit.name)
    if known is not None and not known["running"] and actual.units.get(unit.name, ("",))[0] in RESTING:
        return
    step: dict[str, Any] = {"op": "unit", "component": component, "name": unit.name, "action": "stop", "forget": False}
    yield Change(server, component, "stop", unit.name, unit.effect, stops=True, step=step)


def forgotten_units(design: ServerDesign, actual: Actual) -> Iterator[Change]:
    """Units of the manifest that the design no longer has: stopped once nothing refers to them."""
    wanted = {unit.name for _, unit in design.all(Unit)}
    for name, known in sorted(actual.manifest["units"].items()):
        if name not in wanted:
            step = {"op": "unit", "component": known["component"], "name": name, "action": "stop", "forget": True}
            yield Change(
                design.server.name, RETIRE, "stop", name, "none, it has left the design", stops=True, step=step
            )
