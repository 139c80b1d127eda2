"""`colonnade init`: a spec to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colonnade.errors import UserError
from colonnade.spec import starter

SPEC = Path("colonnade.toml")


def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = SPEC) -> None:
    """Write an annotated colonnade.toml to begin with."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError:
        raise UserError(path.name, "already there, and never overwritten", "edit it, or name another file") from None
    except OSError as error:
        raise UserError(str(path), f"cannot be written: {error.strerror}", "name a file in a folder of yours") from None
    typer.echo(f"wrote {path}: fill in your servers, or try it with `-e lab`", err=True)
