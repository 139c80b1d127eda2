"""What must hold before anything is broken."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.drill.history import Operation, Result
from colonnade.errors import UserError
from colonnade.observe.status import SERVING, SiteStatus


def require_whole(status: SiteStatus) -> None:
    """A drill on a site that misses something already would measure two faults, or end what is left of it."""
    if status.verdict != SERVING:
        raise UserError(
            "",
            f"the site is {status.verdict} before anything was broken: {status.reasons[0]}",
            "mend that first (colonnade status), or go on: --anyway",
            detail="\n".join(status.reasons[1:]),
        )


def whatever(status: SiteStatus) -> None:
    """Goes on with a site in any state."""


def require_calm(operations: Iterable[Operation]) -> None:
    """UserError when pages failed before anything was broken: what comes after would be counted as the fault's."""
    failed = [each for each in operations if each.kind.startswith("http.") and each.result is not Result.OK]
    if failed:
        problem = f"{len(failed)} pages failed before anything was broken, the first with: {failed[0].detail}"
        raise UserError("load", problem, "colonnade status; or lower `rate` in [apps.NAME.drill]")
