"""What the command takes: alone, and on a site that runs on this computer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from bench.command import best, colonnade
from bench.row import Row, at_most, skipped

PATIENCE = 300
# Requests a second under which a deploy and a scaling are measured, unless told otherwise.
RATE = 200


def start_up(spec: Path) -> Iterable[Row]:
    """What every verb pays before it does its work."""
    done = best(lambda: colonnade("check", "-f", str(spec)))
    yield at_most("`check`, no server asked (processor)", done.cpu, 0.6, "s")


def running(spec: Path) -> Iterable[Row]:
    """No-change plan and apply, and the memory of the idle site."""
    if why := why_not(spec):
        yield skipped("plan, apply, memory", why)
        return
    machines = _machines(spec)
    for verb, words in (("plan", ("--exit-code",)), ("apply", ())):
        done = best(partial(colonnade, verb, "-f", str(spec), "-e", "lab", *words))
        name = f"`{verb}` with nothing to do, {len(machines)} servers"
        if done.code:
            yield skipped(name, (done.errors or done.output).strip().split("\n")[0])
        else:
            yield at_most(name, done.seconds, 1.5, "s", remark=f"{done.cpu:.2f} s of processor")
    memory = sum(machine["memory"] or 0 for machine in machines) / 1e9
    yield at_most(f"memory of the idle site, {len(machines)} machines", memory, 2, "GB")


def coming_up(spec: Path) -> Iterable[Row]:
    """From nothing running, the image cached, to the verdict `serving`."""
    if os.geteuid() != 0:
        yield skipped("`lab up`, nothing running to serving", "needs root")
        return
    colonnade("lab", "down", "-f", str(spec))
    began = monotonic()
    done = colonnade("lab", "up", "-f", str(spec))
    up = monotonic() - began
    while done.code == 0 and not (serves := _verdict(spec) == "serving") and monotonic() - began < PATIENCE:
        sleep(0.5)
    name = "`lab up`, nothing running to serving"
    if done.code or not serves:
        yield skipped(name, done.errors.strip().split("\n")[-1])
    else:
        yield at_most(name, monotonic() - began, 60, "s", 0, remark=f"the command alone {up:.0f} s")


def why_not(spec: Path) -> str:
    """Why nothing can be measured on the site, or nothing."""
    if os.geteuid() != 0:
        return "the lab needs root"
    stopped = [machine["name"] for machine in _machines(spec) if machine["state"] != "running"]
    return f"{', '.join(stopped)} not running: colonnade lab up -f {spec}" if stopped else ""


def _machines(spec: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(colonnade("lab", "ps", "-f", str(spec), "-o", "json").output)
    return found


def _verdict(spec: Path) -> str:
    output = colonnade("status", "-f", str(spec), "-e", "lab", "-o", "json").output
    return str(json.loads(output)["verdict"]) if output else "unknown"
