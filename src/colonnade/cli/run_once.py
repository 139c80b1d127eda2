"""`colonnade run-once JOB`: a job by hand, wherever an app server is well."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from colonnade.cli.exec import AppOption, ServerOption, run
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import open_session
from colonnade.components.app.background import run_now
from colonnade.errors import Exit, UserError
from colonnade.release.one_off import chosen_app
from colonnade.spec.problems import nearest

JobArgument = Annotated[str, typer.Argument(help="A job's name in [apps.NAME.jobs].", show_default=False)]


def run_once(
    job: JobArgument,
    app: AppOption = None,
    on: ServerOption = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
) -> None:
    """Run a job of the spec now, on one server. Exits 75 while the site runs it already."""
    session = open_session(file, environment)
    chosen = chosen_app(session.site, app)
    found = next((each for each in chosen.jobs if each.name == job), None)
    if found is None:
        hint = nearest(job, [each.name for each in chosen.jobs]) or f"add it under [apps.{chosen.name}.jobs]"
        raise UserError(job, f"{chosen.name} has no such job", hint, exit_code=Exit.USAGE)
    raise typer.Exit(asyncio.run(run(session, chosen, on, list(run_now(found)))))
