"""Starts, reloads and stops units of systemd, and waits until they are ready."""

from __future__ import annotations

import time

from colonnade.onhost.host import Failed, require, run, shell, unit_states
from colonnade.onhost.waiting import operator_is_gone


def unit(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    name, action = step["name"], step["action"]
    if action == "stop":
        stop(name, manifest, step["forget"], step["component"])
        return
    # Also where nothing changes it makes systemd read all its files anew, a quarter of a second of each first apply's step.
    if step["enable"] and unit_states([name])[name][1] != "enabled":
        require(["systemctl", "-q", "enable", name])
    run(["systemctl", "reset-failed", name])
    words = ["systemctl", "reload-or-restart" if action == "reload" else action]
    # A unit with a readiness of its own may wait for other servers: asking is enough, then it is watched.
    done = run([*words, *(["--no-block"] if step["ready"] else []), name])
    if done.returncode:
        raise Failed(f"{name} could not {action}", done.stdout + journal(name))
    await_ready(step)
    manifest["units"][name] = {"component": step["component"], "running": True, "stamps": step["stamps"]}


def stop(name: str, manifest: dict, forget: bool, component: str) -> None:  # type: ignore[type-arg]
    # A unit whose file has gone already is as stopped as one can be.
    run(["systemctl", "-q", "disable", "--now", name])
    if unit_states([name])[name][0] in ("active", "activating", "reloading"):
        raise Failed(f"{name} does not stop", journal(name))
    manifest["units"].pop(name, None)
    if not forget:
        manifest["units"][name] = {"component": component, "running": False, "stamps": []}


def await_ready(step: dict) -> None:  # type: ignore[type-arg]
    name, deadline, pause = step["name"], time.monotonic() + step["within"], 0.05
    while not operator_is_gone():
        state, _, condition = unit_states([name])[name]
        if state == "active" and (not step["ready"] or shell(step["ready"], 5)[0] == 0):
            return
        if step["conditional"] and condition == "no":
            return
        if time.monotonic() > deadline or (state == "failed" and not step["ready"]):
            raise Failed(f"{name} is {state}, not ready within {step['within']} s", journal(name))
        time.sleep(pause)
        pause = min(0.5, pause * 1.5)
    raise Failed("the operator is gone")


def journal(name: str) -> str:
    return str(run(["journalctl", "-u", name, "-n", "15", "--no-pager", "-o", "cat"]).stdout)
