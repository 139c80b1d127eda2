"""`.colonnadeignore` means what its lines would mean in `.gitignore`."""

from __future__ import annotations

import pytest

from colonnade.release.ignore import ALWAYS, ignored, parse


@pytest.mark.parametrize(
    ("line", "path", "is_folder", "stays"),
    [
        ("*.log", "a.log", False, True),
        ("*.log", "deep/down/a.log", False, True),
        ("*.log", "a.logs", False, False),
        ("/notes", "notes", False, True),
        ("/notes", "deep/notes", False, False),
        ("docs/*.md", "docs/a.md", False, True),
        ("docs/*.md", "x/docs/a.md", False, False),
        ("build/", "build", True, True),
        ("build/", "x/build", True, True),
        ("build/", "build", False, False),
        ("**/cache", "x/y/cache", True, True),
        ("# *.py", "a.py", False, False),
        ("", "a.py", False, False),
    ],
)
def test_pattern(line: str, path: str, is_folder: bool, stays: bool) -> None:
    assert ignored(parse([line]), path, is_folder) is stays


def test_last_match_decides() -> None:
    rules = parse(["*.toml", "!keep.toml"])
    assert ignored(rules, "other.toml", False)
    assert not ignored(rules, "keep.toml", False)


@pytest.mark.parametrize("path", ["colonnade.toml", "colonnade.staging.toml", "x/colonnade.secrets.age", ".git"])
def test_always_at_home(path: str) -> None:
    assert ignored(parse(ALWAYS), path, False)


@pytest.mark.parametrize("path", ["pyproject.toml", "x/colonnade.toml", ".gitignore", "shop/git"])
def test_never_at_home_unless_asked(path: str) -> None:
    assert not ignored(parse(ALWAYS), path, False)
