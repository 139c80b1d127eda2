"""Histories told line by line: who, from when to when, did what, to which key, with which value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from colonnade.drill.history import History, Injection, Operation, Result


def ok(client: str, started: float, ended: float, kind: str, key: str = "", value: Any = None) -> Operation:
    return Operation(client, kind, key, value, started, started, ended, Result.OK)


def failed(client: str, started: float, ended: float, kind: str, key: str = "", value: Any = None) -> Operation:
    return Operation(client, kind, key, value, started, started, ended, Result.FAIL)


def unknown(client: str, started: float, ended: float, kind: str, key: str = "", value: Any = None) -> Operation:
    return Operation(client, kind, key, value, started, started, ended, Result.UNKNOWN)


def history(*operations: Operation, faults: Iterable[float | None] = ()) -> History:
    """In the order of their ends; a fault is the time at which it was injected, None when it could not be made."""
    made = (Injection("db1", "patroni", "kill", "SIGKILL", at, None, "" if at else "not here") for at in faults)
    return History(tuple(sorted(operations, key=lambda each: each.ended)), tuple(made))
