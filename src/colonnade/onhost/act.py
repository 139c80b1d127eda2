"""Carries out the steps of a plan on one server, in order, and answers after each. Stops at the first failure.

A rerun after any interruption converges: files appear whole or not at all, and the manifest learns of a step only
when it is done.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from typing import IO

from colonnade.onhost.host import (
    LOCK,
    exclusive,
    load_manifest,
    run,
    save_manifest,
    say,
    shell,
    unit_states,
    write_atomically,
)

POLICY = "/usr/sbin/policy-rc.d"
MARK = "# colonnade: daemons start when they are configured, not when they are unpacked"


class Failed(Exception):
    """One line, and the long story."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail


def main(request: dict) -> None:  # type: ignore[type-arg]
    try:
        # An earlier run whose operator vanished may still be at its last step.
        lock = exclusive(LOCK, 30)
    except BlockingIOError:
        say({"step": 0, "ok": False, "problem": "an earlier apply is still at work here", "detail": ""})
        return
    with lock:
        lift_policy()
        manifest = load_manifest()
        for number, step in enumerate(request["steps"]):
            started = time.monotonic()
            try:
                DO[step["op"]](step, manifest)
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


def require(command: list[str]) -> None:
    done = run(command)
    if done.returncode:
        raise Failed("{} failed".format(" ".join(command[:3])), done.stdout)


def directory(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    path = step["path"]
    os.makedirs(path, exist_ok=True)
    give(path, step)
    os.chmod(path, int(step["mode"], 8))
    manifest["directories"][path] = {"component": step["component"]}


def give(path: str, wanted: dict) -> None:  # type: ignore[type-arg]
    try:
        shutil.chown(path, wanted["owner"], wanted["group"])
    except LookupError as error:
        raise Failed(f"{path}: {error}") from error


def files(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    """A component's files: all written beside, checked, then renamed; after a failed check the old ones stand."""
    wanted = step["files"]
    saved: dict[str, str | None] = {}
    try:
        for file in wanted:
            stage(file)
        # All are written before the first is flushed: the disk's journal is then committed once, not for each.
        for file in wanted:
            flush(staged(file))
        # What others refer to goes first, so that a check sees the configuration as it will be.
        for file in sorted(wanted, key=lambda each: each["check"] is not None):
            if file["check"]:
                check(file)
            saved[file["path"]] = keep(file["path"])
            os.replace(staged(file), file["path"])
    except BaseException:
        restore(saved)
        raise
    finally:
        discard([staged(file) for file in wanted] + [old for old in saved.values() if old])
    for file in wanted:
        manifest["files"][file["path"]] = {"component": step["component"]}
    if any(file["path"].startswith("/etc/systemd/system/") for file in wanted):
        require(["systemctl", "daemon-reload"])


def staged(file: dict) -> str:  # type: ignore[type-arg]
    return str(file["path"]) + ".colonnade-new"


def stage(file: dict) -> None:  # type: ignore[type-arg]
    os.makedirs(os.path.dirname(file["path"]), exist_ok=True)
    # What a killed agent left may be readable for more than this file is meant for.
    discard([staged(file)])
    descriptor = os.open(staged(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(file["content"].encode())
        give(staged(file), file)
        os.fchmod(target.fileno(), int(file["mode"], 8))


def flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def check(file: dict) -> None:  # type: ignore[type-arg]
    code, output = shell(file["check"].replace("{path}", staged(file)), 30)
    if code:
        text = output.replace(staged(file), file["path"])
        raise Failed("{} was not accepted; the old one stands".format(file["path"]), text)


def keep(path: str) -> str | None:
    """A second name for the old file, for as long as the group is not complete."""
    if not os.path.exists(path):
        return None
    old = path + ".colonnade-old"
    discard([old])
    os.link(path, old)
    return old


def restore(saved: dict) -> None:  # type: ignore[type-arg]
    for path, old in saved.items():
        if old:
            os.replace(old, path)
        else:
            discard([path])


def discard(paths: list[str]) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue


def remove(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    discard(step["paths"])
    for path in step["paths"]:
        manifest["files"].pop(path, None)
    run(["systemctl", "daemon-reload"])


def unit(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    name, action = step["name"], step["action"]
    if action == "stop":
        stop(name, manifest, step["forget"], step["component"])
        return
    if step["enable"]:
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


def operator_is_gone() -> bool:
    """Nobody reads our answers any more: what waits for other servers would wait in vain, and hold the lock."""
    answers = select.poll()
    answers.register(1, 0)
    return bool(answers.poll(0))


def journal(name: str) -> str:
    return str(run(["journalctl", "-u", name, "-n", "15", "--no-pager", "-o", "cat"]).stdout)


def task(step: dict, manifest: dict) -> None:  # type: ignore[type-arg]
    code, output = watched(step["command"], step["within"])
    if code:
        raise Failed(f"{step['name']} failed with status {code}", output)
    manifest["tasks"][step["key"]] = {"component": step["component"], "stamp": step["stamp"]}


def watched(command: str, within: float) -> tuple[int, str]:
    """A shell command that ends with the operator's patience or connection, whichever is first."""
    deadline = time.monotonic() + within
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            if time.monotonic() > deadline or operator_is_gone():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return 124, output_of(output)
            time.sleep(0.05)
        return process.returncode, output_of(output)


def output_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


DO = {
    "install": install,
    "user": user,
    "directory": directory,
    "files": files,
    "remove": remove,
    "unit": unit,
    "task": task,
}
