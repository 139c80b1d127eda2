"""`colonnade schema`: the JSON Schema of the spec, for editors."""

from __future__ import annotations

import json

import typer

from colonnade.spec.schema import json_schema


def schema() -> None:
    """Print the JSON Schema of colonnade.toml, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2))
