"""Breaks one thing on this server, its undoing armed before; undoes it when asked.

Times in the answers are seconds of this server's monotonic clock; `now` in each of them is when it left.
"""

from __future__ import annotations

import json
import os
import time

from colonnade.onhost.host import Failed, exclusive, say, shell, write_atomically
from colonnade.onhost.undoing import FOLDER, SECONDS, arm, disarm, is_active, path, undone, unit

# What has broken nothing by then is undone again; a planned switchover takes 5 s.
INJECT_SECONDS = 30
NEEDS_SECONDS = 5


def main(request: dict) -> None:  # type: ignore[type-arg]
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    {"inject": inject, "undo": undo, "leftovers": leftovers}[request["do"]](request)


def answer(**found: object) -> None:
    say({"now": time.monotonic(), **found})


def inject(request: dict) -> None:  # type: ignore[type-arg]
    """Answers twice: the first time at once, so that the operator learns how far apart the two clocks are."""
    answer()
    with exclusive(path(request["id"], "lock"), INJECT_SECONDS):
        try:
            require_fit(request)
            arm(request)
        except Failed as failed:
            answer(made=False, reason=failed.problem)
        else:
            (later if request["delay"] else at_once)(request)


def require_fit(request: dict) -> None:  # type: ignore[type-arg]
    code, output = shell(request["needs"], NEEDS_SECONDS)
    if code:
        raise Failed(output.strip() or "it cannot be made here")
    if os.path.exists(path(request["id"], "undo")) and not is_active(unit(request["id"], "service")):
        raise Failed("it is made already and not undone yet")


def at_once(request: dict) -> None:  # type: ignore[type-arg]
    answer(**carried_out(request))


def later(request: dict) -> None:  # type: ignore[type-arg]
    """For what ends this connection: the answer leaves first, and says when it will be."""
    at = time.monotonic() + request["delay"]
    if os.fork():
        answer(made=True, at=at)
        return
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    time.sleep(max(0.0, at - time.monotonic()))
    carried_out(request)
    os._exit(0)


def carried_out(request: dict) -> dict:  # type: ignore[type-arg]
    at = time.monotonic()
    code, output = shell(request["inject"], INJECT_SECONDS)
    found = {"made": code == 0, "at": at, "reason": output.strip()[-500:] if code else ""}
    write_atomically(path(request["id"], "json"), json.dumps(found).encode(), 0o600)
    # Half of it may have been made; should the undoing fail now, the timer will try again.
    if code and not shell(request["undo"], SECONDS)[0]:
        disarm(request["id"])
    return found


def undo(request: dict) -> None:  # type: ignore[type-arg]
    answer()
    with exclusive(path(request["id"], "lock"), INJECT_SECONDS):
        answer(**undone(request["id"], request["undo"]))


def leftovers(request: dict) -> None:  # type: ignore[type-arg]
    """What a killed drill left here is undone."""
    answer()
    ids = sorted(name[: -len(".undo")] for name in os.listdir(FOLDER) if name.endswith(".undo"))
    answer(found={each: undone(each, f"/bin/sh {path(each, 'undo')}") for each in ids})
