"""`colonnade secrets`: values that are named in the spec and kept encrypted beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from colonnade.cli.options import EnvironmentOption, FileOption
from colonnade.errors import UserError
from colonnade.spec import load, secrets

SPEC = Path("colonnade.toml")
Name = Annotated[str, typer.Argument(help="Name of the secret, as the spec has it.")]

app = typer.Typer(no_args_is_help=True, help="Values that the spec only names, encrypted beside it.")


@app.command("set")
def set_(name: Name, file: FileOption = SPEC, environment: EnvironmentOption = None) -> None:
    """Set a secret, from a hidden prompt or from stdin: never from the command line, which others can see."""
    loaded = load(file, environment)
    secrets.set_secret(loaded, name, _value(name))
    typer.echo(f"{name} is set in {loaded.secrets_path.name}", err=True)


@app.command("list")
def list_(file: FileOption = SPEC, environment: EnvironmentOption = None) -> None:
    """Print the names of the secrets that are set."""
    for name in secrets.list_names(load(file, environment)):
        typer.echo(name)


@app.command()
def unset(name: Name, file: FileOption = SPEC, environment: EnvironmentOption = None) -> None:
    """Forget a secret."""
    loaded = load(file, environment)
    secrets.unset_secret(loaded, name)
    typer.echo(f"{name} is no longer in {loaded.secrets_path.name}", err=True)


def _value(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True, confirmation_prompt=True, err=True))
    try:
        return sys.stdin.read().removesuffix("\n")
    except UnicodeDecodeError:
        raise UserError("", f"{name}: the value is not UTF-8 text", "encode it, with base64 say") from None
