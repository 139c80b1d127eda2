"""The undoing of a fault: a transient timer of systemd, which needs neither the operator nor us.

Per fault, in a folder that is gone with the next boot, as the timers are: ID.undo, the script; ID.json, how it was
made; ID.lock, held by whoever makes or undoes it.
"""

from __future__ import annotations

import json
import os
import time

from colonnade.onhost.host import Failed, run, shell, write_atomically

FOLDER = "/run/colonnade.faults"
SECONDS = 60
# An undoing that fails is tried again; one that succeeded stays loaded, as the record of its time.
KEEPS_TRYING = ("Type=oneshot", "RemainAfterExit=yes", "Restart=on-failure", "RestartSec=2", "StartLimitIntervalSec=0")


def arm(request: dict) -> None:  # type: ignore[type-arg]
    """Raises Failed when systemd refuses."""
    disarm(request["id"])
    script = path(request["id"], "undo")
    write_atomically(script, request["undo"].encode() + b"\n", 0o600)
    when = ["--on-active={:.3f}s".format(request["within"]), "--timer-property=AccuracySec=10ms"]
    properties = [f"--property={each}" for each in (*KEEPS_TRYING, f"TimeoutStartSec={SECONDS}")]
    name = "--unit=" + unit(request["id"], "service")
    done = run(["systemd-run", "--quiet", name, *when, *properties, "/bin/sh", script])
    if done.returncode:
        disarm(request["id"])
        raise Failed(f"its undoing could not be armed: {done.stdout.strip()}")


def undone(identity: str, command: str) -> dict:  # type: ignore[type-arg]
    """Also where nothing is known of the fault: the server may have booted since."""
    service = unit(identity, "service")
    found = {"itself": is_active(service), "injected": recorded(identity)}
    at, problem = (by_unit if show(service, "LoadState") == "loaded" else by_hand)(service, command)
    if not problem:
        disarm(identity)
    return {**found, "undone": not problem, "at": at, "reason": problem}


def by_unit(service: str, command: str) -> tuple[float, str]:
    """The same unit that the timer starts: it runs once, whoever comes first."""
    done = run(["systemctl", "start", service])
    problem = done.stdout.strip() or "failed" if done.returncode else ""
    return int(show(service, "ExecMainStartTimestampMonotonic") or 0) / 1e6, problem


def by_hand(service: str, command: str) -> tuple[float, str]:
    at = time.monotonic()
    code, output = shell(command, SECONDS)
    return at, output.strip()[-500:] or f"status {code}" if code else ""


def recorded(identity: str) -> dict | None:  # type: ignore[type-arg]
    """How the fault was made, where that was after the answer."""
    try:
        with open(path(identity, "json")) as file:
            return json.load(file)  # type: ignore[no-any-return]
    except (FileNotFoundError, ValueError):
        return None


def disarm(identity: str) -> None:
    """The timer first, or it would start the unit again."""
    run(["systemctl", "stop", unit(identity, "timer"), unit(identity, "service")])
    run(["systemctl", "reset-failed", unit(identity, "service")])
    for kind in ("undo", "json"):
        if os.path.exists(path(identity, kind)):
            os.unlink(path(identity, kind))


def path(identity: str, kind: str) -> str:
    return f"{FOLDER}/{identity}.{kind}"


def unit(identity: str, kind: str) -> str:
    return f"colonnade-undo-{identity}.{kind}"


def is_active(name: str) -> bool:
    return show(name, "ActiveState") == "active"


def show(name: str, what: str) -> str:
    return str(run(["systemctl", "show", "-P", what, name]).stdout.strip())
