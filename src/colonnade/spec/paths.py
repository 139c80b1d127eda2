"""Paths in a spec count from the spec's own folder."""

from __future__ import annotations

from pathlib import Path


def resolved(path: str, folder: Path) -> Path:
    """A path of a spec in `folder`; `~` is the user's home."""
    try:
        return (folder / Path(path).expanduser()).resolve()
    except (OSError, RuntimeError):  # a user without a home, links in a circle
        return folder / path


def is_folder(path: Path) -> bool:
    """Whether there is such a folder, whatever the path looks like."""
    try:
        return path.is_dir()
    except OSError:  # a name longer than the file system allows
        return False
