"""Carries out the steps of a plan on one server, in order, and answers after each. Stops at the first failure.

A rerun after any interruption converges: files appear whole or not at all, and the manifest learns of a step only
when it is done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

from colonnade.onhost.host import (
    LOCK,
    Failed,
    exclusive,
    load_manifest,
    require,
    run,
    save_manifest,
    say,
    write_atomically,
)
from colonnade.onhost.swap import discard, give, swap
from colonnade.onhost.units import DAEMON_RELOAD, Systemd, unit
from colonnade.onhost.waiting import watched

HOSTS = "/etc/hosts"
POLICY = "/usr/sbin/policy-rc.d"
MARK = "# colonnade: daemons start when they are configured, not when they are unpacked"


def main(request: dict) -> None:  # type: ignore[type-arg]
    try:
        # An earlier run whose operator vanished may still be at its last step.
        lock = exclusive(LOCK, 30)
    except BlockingIOError:
        say({"step": 0, "ok": False, "problem": "an earlier apply is still at work here", "detail": ""})
        return
    with lock:
        lift_policy()
        systemd = Systemd()
        try:
            _carry_out(request["steps"], load_manifest(), systemd)
        finally:
            systemd.end()


def _carry_out(steps: list[dict], manifest: dict, systemd: Systemd) -> None:  # type: ignore[type-arg]
    for number, step in enumerate(steps):
        started = time.monotonic()
        try:
            systemd.before(steps[number:])
            DO[step["op"]](step, manifest)
            systemd.after(steps[number:])
        except Failed as failed:
            say({"step": number, "ok": False, "problem": failed.problem, "detail": failed.detail[-3000:]})
            return
        except (OSError, subprocess.SubprocessError) as error:
            say({"step": number, "ok": False, "problem": str(error), "detail": ""})
            return
        save_manifest(manifest)
        say({"step": number, "ok": True, "seconds": round(time.monotonic() - started, 3)})


def install(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    if not os.path.exists(POLICY):
        write_atomically(POLICY, (f"#!/bin/sh\n{MARK}\nexit 101\n").encode(), 0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    keep = ["-o", "Dpkg::Options::=--force-confold", "--no-install-recommends", "-y", "install"]
    try:
        for command in ([*apt, "update"], [*apt, *keep, *step["names"]]):
            done = run(command, env=environment)
            if done.returncode:
                raise Failed("apt-get could not install {}".format(" ".join(step["names"])), done.stdout)
    finally:
        lift_policy()
    record(step, manifest, "packages")


def lift_policy() -> None:
    try:
        with open(POLICY) as file:
            mine = MARK in file.read()
    except FileNotFoundError:
        return
    if mine:
        os.unlink(POLICY)


def record(step: dict, manifest: dict, kind: str) -> None:  # type: ignore[type-arg]
    for name in step["names"]:
        manifest[kind][name] = {"component": step["component"]}


def user(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    name = step["name"]
    if run(["id", "-u", name]).returncode:
        home = ["--home-dir", step["home"], "--no-create-home", "--shell", "/usr/sbin/nologin"]
        require(["useradd", "--system", "--user-group", *home, name])
    for group in step["groups"]:
        require(["usermod", "--append", "--groups", group, name])
    manifest["users"][name] = {"component": step["component"], "groups": step["groups"]}


def directory(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    path = step["path"]
    os.makedirs(path, exist_ok=True)
    give(path, step)
    os.chmod(path, int(step["mode"], 8))
    manifest["directories"][path] = {"component": step["component"]}


def files(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    swap(step["files"])
    for file in step["files"]:
        manifest["files"][file["path"]] = {"component": step["component"]}


def remove(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    discard(step["paths"])
    for path in step["paths"]:
        manifest["files"].pop(path, None)
    run(DAEMON_RELOAD)


def task(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    code, output = watched(step["command"], step["within"])
    if code:
        raise Failed(f"{step['name']} failed with status {code}", output)
    manifest["tasks"][step["key"]] = {"component": step["component"], "stamp": step["stamp"]}


def remember(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    """Every server of the site, so that any one of them can tell who has left."""
    manifest["servers"] = step["servers"]


def retire(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    """Nothing of the site stays but packages, and data put aside: what is there once more is not told from loss."""
    paths = [path for path in manifest["files"] if path != HOSTS]
    discard(paths)
    put_aside(step, manifest)
    write_atomically(HOSTS, f"127.0.0.1 localhost\n::1 localhost\n{step['address']} {step['name']}\n".encode(), 0o644)
    for folder in ("/etc/colonnade", "/srv/colonnade"):
        shutil.rmtree(folder, ignore_errors=True)
    run(DAEMON_RELOAD)
    manifest.clear()


def put_aside(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    for path in step["data"]:
        if os.path.exists(path):
            shutil.rmtree(path + ".retired", ignore_errors=True)
            os.replace(path, path + ".retired")


DO = {
    "remember": remember,
    "retire": retire,
    "put-aside": put_aside,
    "install": install,
    "user": user,
    "directory": directory,
    "files": files,
    "remove": remove,
    "unit": unit,
    "task": task,
}
