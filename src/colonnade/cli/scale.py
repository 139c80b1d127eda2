"""`colonnade scale`: more or fewer servers, or workers on each: the spec is edited, then applied."""

from __future__ import annotations

import sys
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, YesOption
from colonnade.cli.session import say
from colonnade.errors import Exit, UserError
from colonnade.model.site import Site
from colonnade.spec import Loaded, files, load
from colonnade.spec.document import text_of
from colonnade.spec.environment import LAB, lab_network, lab_seats
from colonnade.spec.scaling import Order, edited, order, require_enough, target

TargetsArgument = Annotated[
    list[str] | None,
    typer.Argument(help="ROLE=N, APP.workers=N, or ROLE alone before --add", metavar="[ROLE=N]...", show_default=False),
]
AddOption = Annotated[
    list[str] | None, typer.Option("--add", metavar="NAME=ADDRESS", help="a new server of the role; may be repeated")
]
RemoveOption = Annotated[
    list[str] | None, typer.Option("--remove", metavar="NAME", help="this server goes; may be repeated")
]


def scale(
    targets: TargetsArgument = None,
    add: AddOption = None,
    remove: RemoveOption = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    yes: YesOption = False,
) -> None:
    """Edit the spec and apply it: servers come, or are drained and go. In the lab machines are made and removed."""
    loaded = load(file, environment)
    wanted = _addressed(loaded, _wanted(loaded, targets or [], add or [], remove or []))
    path = _home(loaded, wanted)
    before = text_of(path)
    after = edited(before, wanted, path.name, loaded.listed)
    if after == before:
        print(f"{loaded.site.name}: nothing to change in {path.name}")
    else:
        require_enough(loaded.site, _drafted(file, environment, {path.name: after}))
        _confirm(path, before, after, wanted, yes)
        files.rewrite(path, after.encode())
    _converge(file, environment)


def _wanted(loaded: Loaded, words: list[str], add: list[str], remove: list[str]) -> Order:
    if not (words or remove):
        raise UserError("", "nothing to scale", "colonnade scale app=3", exit_code=Exit.USAGE)
    apps = [app.name for app in loaded.site.apps]
    targets = [target(word, apps, loaded.listed) for word in words]
    return order(targets, dict(_pair(word) for word in add), remove, loaded.listed)


def _pair(word: str) -> tuple[str, str]:
    name, _, address = word.partition("=")
    return name, address


def _addressed(loaded: Loaded, wanted: Order) -> Order:
    """In the lab every address is the lab's. Elsewhere it must be given."""
    if loaded.environment == LAB:
        names = [*loaded.site.by_name, *(name for _, name, _ in wanted.adds)]
        network, seats = lab_network(loaded.site.name), lab_seats(loaded.state, names)
        return replace(wanted, adds=tuple((r, n, address or network.server(seats[n])) for r, n, address in wanted.adds))
    for role, name, address in wanted.adds:
        if not address:
            hint = f"colonnade scale {role} --add {name}=10.0.0.33"
            raise UserError(name, "needs an address; nothing was changed", hint, exit_code=Exit.USAGE)
    return wanted


def _home(loaded: Loaded, wanted: Order) -> Path:
    """The one file that says what is to change: the spec, or the overlay of its environment."""
    tables = [("servers", role) for role, *_ in (*wanted.adds, *wanted.removes)]
    tables += [("apps", app) for app in wanted.workers]
    names = {loaded.positions.value(table).file for table in tables} or {loaded.path.name}
    if len(names) > 1:
        raise UserError(" and ".join(sorted(names)), "would both change", "scale one role at a time")
    return loaded.path.with_name(names.pop())


def _drafted(file: Path, environment: str | None, drafts: dict[str, str]) -> Site:
    """The site as it would be. Positions in what is wrong with it are those of the draft."""
    try:
        return load(file, environment, drafts).site
    except UserError as error:
        problem = f"{error.problem}; nothing was changed"
        raise UserError(error.where, problem, error.hint, detail=error.detail, exit_code=Exit.USAGE) from None


def _confirm(path: Path, before: str, after: str, wanted: Order, yes: bool) -> None:
    lines = unified_diff(before.splitlines(), after.splitlines(), path.name, path.name, n=0, lineterm="")
    say("\n".join(lines))
    for _, name in wanted.removes:
        say(f"{name} is drained, stopped and forgotten")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("", "this needs a yes", "colonnade scale … --yes", exit_code=Exit.NEEDS_CONFIRMATION)
    typer.confirm(f"Write {path.name} and apply it?", abort=True, err=True)


def _converge(file: Path, environment: str | None) -> None:
    # Here, not above: a refusal needs neither SSH nor the lab.
    if environment == LAB:
        from colonnade.cli.lab import rescale

        rescale(file)
    else:
        from colonnade.cli.apply import reapply

        reapply(file, environment)
