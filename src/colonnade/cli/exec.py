"""`colonnade exec`: one command in the app's environment, on one app server."""

from __future__ import annotations

from typing import Annotated

import typer

from colonnade.cli.in_app import AppOption, ServerOption, run_in_app
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption

CommandArgument = Annotated[list[str], typer.Argument(help="The command, after --", show_default=False)]


def execute(
    command: CommandArgument,
    app: AppOption = None,
    on: ServerOption = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
) -> None:
    """Run a command in the live release's environment: colonnade exec -- python -m shop.tool"""
    raise typer.Exit(run_in_app(file, environment, app, on, lambda _: command))
