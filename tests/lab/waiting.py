"""Waits for what a site comes to by itself."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

PAUSE = 0.2


def until(condition: Callable[[], bool], problem: str, within: float = 30) -> None:
    """Looks until it is so; fails with the problem after so many seconds."""
    deadline = monotonic() + within
    while not condition():
        assert monotonic() < deadline, problem
        sleep(PAUSE)
