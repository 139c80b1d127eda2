"""The files of a folder, as members of an archive; and what a module's name means among them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release.archive import Member, executable
from colonnade.release.entry import absent
from colonnade.release.ignore import Rule, ignored


def read(root: Path, rules: tuple[Rule, ...]) -> tuple[Member, ...]:
    """Every regular file and inner link under `root` that no rule keeps at home, sorted."""
    if not root.is_dir():
        raise UserError(str(root), "there is no such folder", "set path in colonnade.toml to the app's folder")
    return tuple(sorted(_walk(root, rules), key=lambda member: member.name))


def _walk(root: Path, rules: tuple[Rule, ...]) -> Iterator[Member]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in links and not _skip(root, here / name, rules)]
        for path in (here / name for name in (*files, *links)):
            if not _skip(root, path, rules) and (path.is_file() or path.is_symlink()):
                yield _member(root, path)


def _skip(root: Path, path: Path, rules: tuple[Rule, ...]) -> bool:
    """A virtual environment is one under any name; its links would lead out of the tree."""
    is_folder = path.is_dir()
    return (is_folder and (path / "pyvenv.cfg").exists()) or ignored(rules, _name(root, path), is_folder)


def _member(root: Path, path: Path) -> Member:
    if not path.is_symlink():
        return Member(_name(root, path), path, executable(path))
    target = path.readlink()
    if target.is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise UserError(
            str(path),
            f"a link that leads out of the app's folder, to {target}",
            "copy the file into the folder, or name the link in .colonnadeignore",
        )
    return Member(_name(root, path), b"", target=str(target))


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _check_name(app: App, entry: str, member: Member) -> None:
    module, _, name = entry.removesuffix("()").partition(":")
    defined = absent(member.read(), name.partition(".")[0])
    if defined is not None:
        close = get_close_matches(name, defined, n=1, cutoff=0.4)
        hint = f'did you mean "{module}:{close[0]}"?' if close else f"name what the module defines: {module}:…"
        where = f"apps.{app.name}.{'asgi' if app.asgi else 'wsgi'}"
        raise UserError(where, f'"{entry}": {member.name} defines no {name}', hint)


def check_entry(app: App, members: tuple[Member, ...], installed: Path | None) -> None:
    """Refuse an app whose `module:attribute` is neither in its folder nor among its requirements."""
    entry = app.asgi or app.wsgi
    if entry is None:
        return
    module = entry.partition(":")[0].replace(".", "/")
    files = (f"{module}.py", f"{module}/__init__.py")
    if found := next((member for member in members if member.name in files), None):
        _check_name(app, entry, found)
        return
    if installed is not None and any((installed / file).is_file() for file in files):
        return
    raise UserError(
        f"apps.{app.name}.{'asgi' if app.asgi else 'wsgi'}",
        f'"{entry}" names no module: {app.path} holds neither {files[0]} nor {files[1]}',
        "write package.module:attribute as Python imports it from that folder",
    )
