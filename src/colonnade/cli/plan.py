"""`colonnade plan`: what apply would do, and what that does to the service."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Annotated

import typer

from colonnade.apply.diff import with_diffs
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.plan_text import as_document, as_text
from colonnade.cli.session import Session, open_session, print_json, say
from colonnade.cli.view import View, view
from colonnade.errors import Exit
from colonnade.model.plan import Plan


def plan(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    output: OutputOption = "text",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="exit 2 when changes are pending")] = False,
) -> None:
    """Show what apply would change, with file diffs and what each step does to the service."""
    session = open_session(file, environment)
    raise typer.Exit(asyncio.run(_plan(session, output, exit_code)))


async def _plan(session: Session, output: str, exit_code: bool) -> int:
    started = perf_counter()
    async with view(session) as seen:
        made = await with_diffs(seen.plan(), seen.fleet)
    show(session, seen, made, output, perf_counter() - started)
    if seen.failures:
        return Exit.UNREACHABLE
    return Exit.CHANGES_PENDING if made.changes and exit_code else Exit.OK


def show(session: Session, seen: View, made: Plan, output: str, seconds: float) -> None:
    """Prints a plan; servers that did not answer are named on standard error."""
    for error in seen.failures.values():
        say(f"error: {error}")
    if output == "json":
        print_json(as_document(session.site, made, seen.failures))
        return
    for note in (*session.loaded.notes, *seen.design.notes):
        say(f"{note.severity}: {note.text}")
    print(as_text(session.site, made, seconds, len(seen.actual)))
