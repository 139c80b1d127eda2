"""Running the command as a user does, and what it took."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

COLONNADE = Path(sys.executable).with_name("colonnade")
# Some computers are set up not to keep Python's bytecode; a user's own keeps it.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    code: int
    output: str
    errors: str
    seconds: float
    cpu: float
    """Seconds of processor time, that of its children included."""


def run(*words: str) -> Run:
    began, before = perf_counter(), os.times()
    done = subprocess.run([*words], capture_output=True, text=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL)
    seconds, after = perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(done.returncode, done.stdout, done.stderr, seconds, cpu)


def colonnade(*words: str) -> Run:
    return run(str(COLONNADE), *words)


def best(again: Callable[[], Run], times: int = 5) -> Run:
    """The least disturbed of some runs, after one that fills the caches; a run that did not go well, if any."""
    again()
    runs = [again() for _ in range(times)]
    return next((r for r in runs if r.code), min(runs, key=lambda r: r.seconds))
