"""Running uv, and its complaints in the words of this project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

from colonnade.errors import UserError

LIMIT = 900
"""Seconds: a hundred wheels over a slow line; past that something hangs."""
NO_WHEEL = re.compile(
    r"Wheels are required for `([^`]+)`|attempted to build `([^`]+)`|(\S+) has no wheels with a matching"
)

MISSING = re.compile(r"Distribution not found at: (?:file://)?(\S+)")
MALFORMED = re.compile(r"Couldn't parse requirement in `([^`]+)` at position (\d+)\n\s*cause: ([^\n]+)")
UNKNOWN = re.compile(r"(\S+) was not found in the (?:package registry|provided package locations)")


def run(folder: Path, *arguments: str, python: str | None = sys.executable, origin: str = "") -> str:
    """Run uv in the app's folder, where it finds the app's own settings and relative paths; its standard output.

    `origin` is the file there that names the requirements, for messages."""
    chosen = ("--python", python) if python else ()
    try:
        done = subprocess.run(
            (_binary(), *arguments, *chosen, "--no-progress", "--color", "never"),
            cwd=folder,
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError("uv", f"did not finish within {LIMIT} s", "check the network, then run it again") from error
    if done.returncode:
        raise complaint(str(folder), done.stderr, origin)
    return done.stdout


def complaint(folder: str, stderr: str, origin: str = "") -> UserError:
    """What uv's error means for the user; its own words follow as detail."""
    where = f"{folder}/{origin}" if origin else folder
    lines = (line for line in stderr.strip().splitlines() if not line.startswith("Using CPython"))
    detail = "\n".join(deque(lines, maxlen=12))
    if found := NO_WHEEL.search(stderr):
        return _no_wheel(where, next(filter(None, found.groups())), detail)
    if "network was disabled" in stderr or re.search(r"Failed to (fetch|download)|error sending request", stderr):
        return UserError(where, "cannot download the requirements", "check the network and uv's index", detail=detail)
    if found := MISSING.search(stderr):
        return UserError(where, f"there is no {found[1]}", f"the path counts from {folder}", detail=detail)
    if found := MALFORMED.search(stderr):
        return UserError(found[1], f"not a requirement, line {_line(folder, found)}", found[3], detail=detail)
    if found := UNKNOWN.search(stderr):
        hint = "correct the name, or name the index or folder of wheels that has it"
        return UserError(where, f"there is no package {found[1]}", hint, detail=detail)
    if "No solution found" in stderr:
        return _unsatisfiable(where, stderr, detail)
    return UserError(where, "uv cannot install the requirements", "read what uv says", detail=detail)


def _line(folder: str, found: re.Match[str]) -> int:
    """uv counts characters."""
    try:
        text = (Path(folder) / found[1]).read_text()
    except OSError:
        return 1
    return text[: int(found[2])].count("\n") + 1


def _no_wheel(where: str, package: str, detail: str) -> UserError:
    return UserError(
        where,
        f"{package} has no wheel for the servers, and nothing is compiled on them",
        f"choose a version that has one, or build it (pip wheel {package}) and require the file: ./wheels/….whl",
        detail=detail,
    )


def _unsatisfiable(where: str, stderr: str, detail: str) -> UserError:
    required = dict.fromkeys(re.findall(r"(?<!conclude that )you require\s+([^\s,]+)", stderr))
    culprits = " and ".join(required) or "the requirements"
    return UserError(where, f"cannot be satisfied: {culprits}", "relax or correct the version", detail=detail)


def _binary() -> str:
    """uv stands beside the interpreter of a virtual environment; its module knows where in other installations."""
    beside = Path(sys.executable).with_name("uv")
    if beside.exists():
        return str(beside)
    from uv import find_uv_bin

    return find_uv_bin()
