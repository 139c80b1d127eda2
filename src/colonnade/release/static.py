"""The static files of an app, as nginx serves them: the same relative tree, text also compressed beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release.archive import Member, compress, stamp

TEXT = re.compile(r"\.(css|csv|html?|ico|js|json|map|md|mjs|otf|svg|ttf|txt|wasm|webmanifest|xml)$", re.IGNORECASE)


def collect(app: App, tree: Iterable[Member]) -> tuple[Member, ...]:
    """The members of the app's tree that stand in its static folder, named from there; none without one."""
    if app.static is None:
        return ()
    where, folder = f"apps.{app.name}.static", PurePosixPath(app.static).as_posix()
    if not (app.path / folder).is_dir():
        raise UserError(where, f"{app.path / folder} is no folder", "make it, leave static out, or set collect")
    found = tuple(_within(app.path, folder, tree))
    if not found:
        raise UserError(where, f"no file to serve in {app.path / folder}", "see that .colonnadeignore keeps them")
    return found


def files(app: App, place: Path, tree: Iterable[Member]) -> tuple[Member, ...]:
    """What the app's command has collected in `files` there."""
    found = tuple(_within(place, "files", tree))
    if not found:
        raise UserError(f"apps.{app.name}.collect", f"it collected no file: {app.collect}", "leave it out, and static")
    return found


def served(found: tuple[Member, ...]) -> tuple[Member, ...]:
    """What nginx finds there: each text has its `.gz` beside it where that is smaller (gzip_static)."""
    return (*found, *_variants(found))


def _within(root: Path, folder: str, tree: Iterable[Member]) -> Iterator[Member]:
    """Files by their content, links too: a link's target may stand outside the static folder."""
    for member in tree:
        if member.name.startswith(f"{folder}/") and (root / member.name).is_file():
            yield Member(member.name.removeprefix(f"{folder}/"), root / member.name)


def _variants(members: tuple[Member, ...]) -> Iterator[Member]:
    """Of the same time as the original, so that both answer with one Last-Modified."""
    names = {member.name for member in members}
    for member in members:
        if TEXT.search(member.name):
            data = member.read()
            packed = compress(data)
            if len(packed) < len(data) and f"{member.name}.gz" not in names:
                yield Member(f"{member.name}.gz", packed, mtime=stamp(data))
