"""The command. Each verb is one file; only the verb that is asked for is imported."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from colonnade.errors import Exit, UserError

# Verb: the module under colonnade.cli and the function or sub-app in it.
VERBS = {
    "init": "init:init",
    "check": "check:check",
    "plan": "plan:plan",
    "apply": "apply:apply",
    "status": "status:status",
    "trace": "trace:trace",
    "logs": "logs:logs",
    "exec": "exec:execute",
    "run-once": "run_once:run_once",
    "dashboard": "dashboard:dashboard",
    "deploy": "deploy:deploy",
    "rollback": "rollback:rollback",
    "releases": "releases:releases",
    "scale": "scale:scale",
    "drain": "drain:drain",
    "undrain": "drain:undrain",
    "maintenance": "maintenance:maintenance",
    "drill": "drill:app",
    "lab": "lab:app",
    "secrets": "secrets:app",
    "schema": "schema:schema",
    "explain": "explain:explain",
}


def build(verbs: dict[str, str]) -> typer.Typer:
    """The command line with these verbs."""
    app = typer.Typer(
        name="colonnade",
        help="High availability for a web application on a few plain Debian servers, from one file.",
        no_args_is_help=True,
        add_completion=len(verbs) > 1,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for verb, place in verbs.items():
        module, _, name = place.partition(":")
        found = getattr(import_module(f"colonnade.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    # With a single command Typer would drop its name.
    app.callback()(_before)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"colonnade {version('colonnade')}")
        raise typer.Exit


def _before(
    _: Annotated[
        bool, typer.Option("--version", help="Show which version this is.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """High availability for a web application on a few plain Debian servers, from one file."""


def main() -> None:
    """Entry point: errors become one clear line and an exit code, never a traceback."""
    # A short run makes no garbage worth collecting: the default of 700 costs a tenth of the start.
    gc.set_threshold(50_000)
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    chosen = {asked: VERBS[asked]} if asked in VERBS else VERBS
    _leave(run(chosen))


def _leave(code: int) -> NoReturn:
    """Python would take apart all that it has loaded before it ends: another tenth of a second."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough.
        code = code or Exit.FAILED
    os._exit(code)


def run(verbs: dict[str, str]) -> int:
    """Loads these verbs and obeys the command line: the exit code."""
    try:
        # Typer hands back the code of a typer.Exit instead of raising it.
        code: int = build(verbs)(standalone_mode=False) or Exit.OK
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except SystemExit as end:
        # A verb that has said all there is to say.
        return int(end.code or Exit.OK)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except Exception as error:
        return _usage(error)
    # Typer makes this code of a KeyboardInterrupt.
    if code == Exit.INTERRUPTED:
        print("interrupted: run the same command again to finish", file=sys.stderr)
    return code


def _usage(error: Exception) -> int:
    """Typer's own complaints about the command line; anything else is a defect and keeps its traceback."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return Exit.USAGE
