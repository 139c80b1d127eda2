"""`colonnade explain KEY`: what a key of the spec means."""

from __future__ import annotations

from typing import Annotated

import typer

from colonnade.spec import schema


def explain(
    key: Annotated[str, typer.Argument(help="As in balance.algorithm; every table when left out.")] = "",
) -> None:
    """Say what a key of colonnade.toml means, its type and its default."""
    typer.echo(schema.explain(key))
