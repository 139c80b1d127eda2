"""What is wrong with a spec: collected, put in the order of the file, and raised as one error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from colonnade.errors import UserError
from colonnade.spec.positions import Keys, Place, Positions

# Enough to repair a spec in one go; a misspelt table of a thousand servers need not fill the screen.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the way to it, what was expected, what to try."""

    keys: Keys
    text: str
    hint: str = ""
    at_key: bool = False
    """Points at the key instead of the value."""

    def place(self, positions: Positions) -> Place:
        return positions.key(self.keys) if self.at_key else positions.value(self.keys)

    def error(self, positions: Positions, detail: str = "") -> UserError:
        label = dotted(self.keys if self.at_key else positions.stated(self.keys))
        text = f"{label}: {self.text}" if label else self.text
        return UserError(str(self.place(positions)), text, self.hint, detail=detail)


def fail_on(problems: Iterable[Problem], positions: Positions) -> None:
    """Raises a UserError of the first problem, the others in its detail; returns when there is none."""
    found = sorted(problems, key=lambda problem: _order(problem.place(positions)))
    if not found:
        return
    first, *others = found
    shown = [str(problem.error(positions)) for problem in others[: SHOWN - 1]]
    hidden = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    raise first.error(positions, "\n".join(shown + hidden))


def _order(place: Place) -> tuple[str, int, int]:
    return place.file, place.line, place.column


def dotted(keys: Keys) -> str:
    """The way to a value as TOML writes it; indexes into lists are left to the position."""
    return ".".join(_key(key) for key in keys if isinstance(key, str))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean "health"?`, or what there is to choose from."""
    names = sorted(known)
    if close := get_close_matches(name, names, n=1):
        return f'did you mean "{close[0]}"?'
    return f"one of {', '.join(names)}" if names else ""
