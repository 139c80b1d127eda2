"""`colonnade run-once JOB`: a job by hand, wherever an app server is well."""

from __future__ import annotations

from typing import Annotated

import typer

from colonnade.cli.in_app import AppOption, ServerOption, run_in_app
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.components.app.background import run_now
from colonnade.errors import Exit, UserError
from colonnade.model.app import App
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
    raise typer.Exit(run_in_app(file, environment, app, on, lambda chosen: job_command(chosen, job)))


def job_command(app: App, name: str) -> list[str]:
    found = next((each for each in app.jobs if each.name == name), None)
    if found is None:
        hint = nearest(name, [each.name for each in app.jobs]) or f"add it under [apps.{app.name}.jobs]"
        raise UserError(name, f"{app.name} has no such job", hint, exit_code=Exit.USAGE)
    return list(run_now(found))
