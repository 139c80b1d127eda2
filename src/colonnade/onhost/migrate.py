"""Runs a release's migration, once: a unit of systemd that ends by itself, whether or not somebody waits for it.

In the release's folder: `migrate.log`, what it printed; `migrated`, when it has ended well. A second runner finds the
unit at work and waits for it instead of starting another.
"""

from __future__ import annotations

import os
import time

from colonnade.onhost.host import Failed, run, say
from colonnade.onhost.survey import ROOT, active, said_irreversible, text
from colonnade.onhost.waiting import operator_is_gone

PAUSE = 0.1


def main(request: dict) -> None:  # type: ignore[type-arg]
    unit = f"colonnade-migrate-{request['app']}.service"
    folder = f"{ROOT}/{request['app']}/releases/{request['release']}"
    try:
        if not active(unit) and request["start"] and not os.path.exists(f"{folder}/migrated"):
            begin(unit, folder, request)
        finished(unit)
        say({"answer": outcome(folder)})
    except Failed as failed:
        say({"problem": failed.problem, "detail": failed.detail[-4000:]})


def begin(unit: str, folder: str, request: dict) -> None:  # type: ignore[type-arg]
    log = f"{folder}/migrate.log"
    # It may hold whatever the app prints.
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    run(["systemctl", "reset-failed", unit])
    properties = [
        *request["properties"],
        f"TimeoutStartSec={request['limit']}",
        # The old release's workers serve here meanwhile.
        "Nice=10",
        f"StandardOutput=append:{log}",
        f"StandardError=append:{log}",
        # By the unit itself: nobody else may be there any more when it ends.
        f"ExecStartPost=+/usr/bin/touch {folder}/migrated",
    ]
    words = ["systemd-run", "--quiet", "--no-block", "--service-type=oneshot", f"--unit={unit}"]
    flags = [f"--property={each}" for each in properties]
    done = run([*words, "--expand-environment=no", *flags, "/bin/sh", "-c", request["command"]])
    if done.returncode:
        raise Failed("the migration could not be started", done.stdout)


def finished(unit: str) -> None:
    while active(unit):
        if operator_is_gone():
            raise Failed("the operator is gone")
        time.sleep(PAUSE)


def outcome(folder: str) -> dict:  # type: ignore[type-arg]
    printed = text(f"{folder}/migrate.log")
    done = os.path.exists(f"{folder}/migrated")
    return {"done": done, "irreversible": done and said_irreversible(folder), "printed": printed[-4000:]}
