"""`colonnade apply`: brings the servers to the design."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from colonnade.apply.account import accounted
from colonnade.apply.execute import Execution
from colonnade.apply.lock import site_lock
from colonnade.apply.parting import Parting
from colonnade.apply.preconditions import require_free_ports, require_packages_of_image
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, YesOption
from colonnade.cli.plan_text import as_text, summary
from colonnade.cli.session import Session, open_session, say
from colonnade.cli.view import View, view
from colonnade.errors import Exit, UserError
from colonnade.model.plan import Plan
from colonnade.spec.environment import LAB

ReachableOption = Annotated[
    bool, typer.Option("--reachable", help="go on with the servers that answer, leave the others for later")
]


def apply(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    yes: YesOption = False,
    reachable: ReachableOption = False,
) -> None:
    """Bring the servers to what the spec says, one failure domain at a time on a serving site."""
    session = open_session(file, environment)
    asyncio.run(converge(session, yes, reachable))


def reapply(file: Path, environment: str | None) -> None:
    """For a spec that was agreed to a moment ago."""
    asyncio.run(converge(open_session(file, environment), yes=True))


async def converge(session: Session, yes: bool, reachable: bool = False) -> None:
    """Reads, plans, asks, executes. UserError on any failure, after every server's has been reported."""
    started = perf_counter()
    async with view(session) as seen:
        _require_all(seen, reachable)
        made = seen.plan()
        if not made.changes:
            print(as_text(session.site, made, perf_counter() - started, len(seen.actual)))
            return
        require_free_ports(seen.design, seen.actual)
        if session.loaded.environment == LAB:
            require_packages_of_image(made)
        _confirm(session, seen, made, perf_counter() - started, yes)
        async with site_lock(session.site, seen.fleet, "apply"), accounted(session.site, seen.fleet, "apply"):
            await _execute(seen, made)
    print(f"{session.site.name}: applied {len(made.changes)} changes in {perf_counter() - started:.1f} s")


def _require_all(seen: View, reachable: bool) -> None:
    if not seen.failures or (reachable and seen.actual):
        return
    for error in seen.failures.values():
        say(f"error: {error}")
    raise UserError(
        "",
        f"{', '.join(seen.failures)} cannot be reached; nothing was changed",
        "bring them back, or go on without them: colonnade apply --reachable",
        exit_code=Exit.UNREACHABLE,
    )


def _confirm(session: Session, seen: View, made: Plan, seconds: float, yes: bool) -> None:
    """Shows the plan and asks, unless told to go on or nobody can be disturbed."""
    if yes:
        say(summary(made))
        return
    say(as_text(session.site, made, seconds, len(seen.actual)))
    if not sys.stdin.isatty():
        raise UserError("", "this needs a yes", "colonnade apply --yes", exit_code=Exit.NEEDS_CONFIRMATION)
    typer.confirm("Apply?", abort=True, err=True)


async def _execute(seen: View, made: Plan) -> None:
    # Here, not above: rich takes 0.15 s to load, and an apply with nothing to do shows no progress.
    from colonnade.cli.progress import Progress

    with Progress(made) as progress:
        if seen.leaves:
            parting = Parting(seen.wide, seen.design, seen.leaves, seen.fleet, progress.report)
            outcome = await parting.run(seen.actual)
        else:
            outcome = await Execution(seen.design, made, seen.fleet, progress.report).run()
    if not outcome.failures:
        return
    first, *others = outcome.failures.values()
    for error in others:
        say(f"error: {error}")
    raise first
