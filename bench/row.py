"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    target: str
    measured: str
    limit: str = ""
    ok: bool | None = None
    """None: not measured here, or only told."""


def at_most(target: str, measured: float, limit: float, unit: str, digits: int = 2, remark: str = "") -> Row:
    said = f"{measured:.{digits}f} {unit}{', ' if remark else ''}{remark}"
    return Row(target, said, f"{limit:g} {unit}".rstrip(), measured <= limit)


def skipped(target: str, why: str) -> Row:
    return Row(target, f"skipped: {why}")
