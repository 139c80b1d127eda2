"""What of a source tree is not shipped: built-in rules, then `.colonnadeignore`, the last match deciding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FILE = ".colonnadeignore"
ALWAYS = (
    ".git",
    ".hg",
    ".venv/",
    "__pycache__/",
    "*.pyc",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".colonnade/",
    FILE,
    "/colonnade*.toml",
    "*.secrets.age",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line, as in .gitignore, but that `*` also matches `/` in a pattern with a folder."""

    pattern: str
    anchored: bool
    folder: bool
    keep: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        if self.folder and not is_folder:
            return False
        return fnmatchcase(path if self.anchored else path.rpartition("/")[2], self.pattern)


def rules(root: Path) -> tuple[Rule, ...]:
    """The rules for the tree at `root`."""
    own = root / FILE
    return parse((*ALWAYS, *(own.read_text().splitlines() if own.is_file() else ())))


def parse(lines: Iterable[str]) -> tuple[Rule, ...]:
    stripped = (line.strip() for line in lines)
    return tuple(_rule(line) for line in stripped if line and not line.startswith("#"))


def ignored(found: tuple[Rule, ...], path: str, is_folder: bool) -> bool:
    """Whether the path, relative to the tree with `/` between its parts, stays at home."""
    deciding = next((rule for rule in reversed(found) if rule.matches(path, is_folder)), None)
    return deciding is not None and not deciding.keep


def _rule(line: str) -> Rule:
    pattern = line.removeprefix("!").removeprefix("**/")
    body = pattern.rstrip("/")
    return Rule(
        pattern=body.lstrip("/"),
        anchored="/" in body,
        folder=pattern.endswith("/"),
        keep=line.startswith("!"),
    )
