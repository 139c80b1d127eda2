"""Starts, reloads and stops units of systemd, and waits until they are ready."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from itertools import takewhile

from colonnade.onhost.host import Failed, require, run, shell, unit_states
from colonnade.onhost.waiting import operator_is_gone

DAEMON_RELOAD = ["systemctl", "daemon-reload"]


class Systemd:
    """Reads its files anew once for all that is changed before the next unit starts: to read them is most of what a
    first apply costs a server."""

    def __init__(self) -> None:
        self._unread = False
        self._enabled: set[str] = set()

    def before(self, steps: list[dict]) -> None:  # type: ignore[type-arg]
        """The first of these comes next: a unit is enabled, those that follow it too, and known as it is now."""
        if steps[0]["op"] != "files":
            self._enable(takewhile(lambda step: step["op"] == "unit", steps))
            self._read()

    def after(self, steps: list[dict]) -> None:  # type: ignore[type-arg]
        """The first of these is done."""
        if steps[0]["op"] == "files":
            self._unread = self._unread or any(f["path"].startswith("/etc/systemd/system/") for f in steps[0]["files"])
        if len(steps) == 1:
            self._read()

    def end(self) -> None:
        """Where a step failed, which has been told; systemd knows the files of those before it all the same."""
        if self._unread:
            run(DAEMON_RELOAD)

    def _enable(self, steps: Iterable[dict]) -> None:  # type: ignore[type-arg]
        wanted = {step["name"] for step in steps if step["action"] != "stop" and step["enable"]} - self._enabled
        missing = sorted(name for name, state in unit_states(sorted(wanted)).items() if state[1] != "enabled")
        if missing:
            # Debian's units need no init script brought in line with them, which takes perl a third of a second.
            quick = {**os.environ, "SYSTEMCTL_SKIP_SYSV": "1"}
            require(["systemctl", "-q", "--no-reload", "enable", *missing], env=quick)
            self._unread = True
        self._enabled |= wanted

    def _read(self) -> None:
        if self._unread:
            require(DAEMON_RELOAD)
            self._unread = False


def unit(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    name, action = step["name"], step["action"]
    if action == "stop":
        stop(name, manifest, step["forget"], step["component"])
        return
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
