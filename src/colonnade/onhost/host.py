"""What the other modules of the agent share: the manifest, hashes, commands. Standard library only."""

from __future__ import annotations

import fcntl
import grp
import json
import os
import pwd
import subprocess
import sys
import time

try:
    # hashlib loads all of OpenSSL for one function: 10 ms of each round trip to each server.
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256

STATE = "/var/lib/colonnade"
MANIFEST = STATE + "/manifest.json"
LOCK = "/run/colonnade.act.lock"


class Failed(Exception):
    """One line, and the long story."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail


def load_manifest() -> dict:  # type: ignore[type-arg]
    """What colonnade has put on this server: files, units, tasks, packages, users."""
    try:
        with open(MANIFEST) as file:
            found = json.load(file)
    except (FileNotFoundError, ValueError):
        # Without it everything is done once more, and ends the same.
        found = {}
    for key in ("files", "directories", "units", "tasks", "packages", "users"):
        found.setdefault(key, {})
    found.setdefault("servers", [])
    return found  # type: ignore[no-any-return]


def save_manifest(manifest: dict) -> None:  # type: ignore[type-arg]
    """After each step; not flushed to the disk, since an older one only costs work done twice."""
    os.makedirs(STATE, mode=0o700, exist_ok=True)
    write_atomically(MANIFEST, json.dumps(manifest, sort_keys=True).encode(), 0o600)


def write_atomically(path: str, data: bytes, mode: int) -> None:
    """Whole or not at all for whoever reads it."""
    beside = path + ".colonnade-new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(beside, path)


def exclusive(path: str, wait: float):  # type: ignore[no-untyped-def]
    """An open, locked file; the lock ends with the process. BlockingIOError after `wait` seconds."""
    file = open(path, "a+")  # noqa: SIM115 - the caller holds it
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def describe(path: str) -> list[str] | None:
    """[sha256, owner, group, mode] of a file or directory; None when it is not there."""
    try:
        status = os.stat(path)
        digest = "" if os.path.isdir(path) else file_hash(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [digest, user_name(status.st_uid), group_name(status.st_gid), "%o" % (status.st_mode & 0o7777)]


def file_hash(path: str) -> str:
    with open(path, "rb") as file:
        return digest(file.read())


def digest(data: bytes) -> str:
    return str(sha256(data).hexdigest())


def user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def run(command: list[str], **options) -> subprocess.CompletedProcess:  # type: ignore[no-untyped-def, type-arg]
    """Output and errors together, as text."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


def require(command: list[str], **options) -> None:  # type: ignore[no-untyped-def]
    """Failed when the command does."""
    done = run(command, **options)
    if done.returncode:
        raise Failed("{} failed".format(" ".join(command[:3])), done.stdout)


def shell(command: str, timeout: float) -> tuple[int, str]:
    """Exit status and output of a shell command; 124 when it takes too long, as timeout(1) has it."""
    try:
        done = run(["/bin/sh", "-c", command], timeout=timeout)
    except subprocess.TimeoutExpired as expired:
        partial = expired.stdout or b""
        return 124, partial.decode(errors="replace") if isinstance(partial, bytes) else partial
    return done.returncode, done.stdout


def unit_states(names: list[str]) -> dict[str, list[str]]:
    """Unit: [ActiveState, UnitFileState, ConditionResult]."""
    keys = ("ActiveState", "UnitFileState", "ConditionResult")
    shown = shown_by_systemd(names, ",".join(keys))
    return {name: [each.get(key, "") for key in keys] for name, each in shown.items()}


def shown_by_systemd(names: list[str], properties: str) -> dict[str, dict[str, str]]:
    """Unit: its properties by name."""
    if not names:
        return {}
    done = run(["systemctl", "show", "-p", f"Id,{properties}", *names])
    # One block for each name, in the order asked; an alias shows another Id, so the order decides.
    blocks = [dict(line.split("=", 1) for line in b.splitlines() if "=" in line) for b in done.stdout.split("\n\n")]
    return dict(zip(names, blocks, strict=False))


def say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.stdout.flush()
