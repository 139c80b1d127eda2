"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FileOption = Annotated[Path, typer.Option("-f", "--file", help="The spec.", show_default=True)]
EnvironmentOption = Annotated[
    str | None, typer.Option("-e", "--environment", help="Lay colonnade.NAME.toml over the spec; lab is built in.")
]
OutputOption = Annotated[str, typer.Option("-o", "--output", help="text or json.", callback=lambda v: _known_output(v))]
YesOption = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask; for scripts.")]
DEFAULT_FILE = Path("colonnade.toml")


def _known_output(value: str) -> str:
    if value not in ("text", "json"):
        raise typer.BadParameter("expected text or json")
    return value
