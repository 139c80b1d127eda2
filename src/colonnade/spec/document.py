"""A spec file as plain data with positions, and one laid over another."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.errors import UserError
from colonnade.spec.positions import Keys, Positions, index
from colonnade.spec.problems import Problem, fail_on
from colonnade.spec.syntax import not_toml

IGNORED = "x-"
LARGEST = 2**63
"""TOML promises whole numbers of 64 bits, no more."""


@dataclass(frozen=True)
class Document:
    data: dict[str, Any] = field(repr=False)
    positions: Positions

    def under(self, overlay: Document) -> Document:
        """This document with the overlay's tables merged into its own, and everything else replaced."""
        return Document(_merged(self.data, overlay.data), self.positions.under(overlay.positions))


def read(path: Path, drafts: Mapping[str, str]) -> Document:
    """Reads a TOML file, or the text in its place, without its `x-` keys.

    Raises UserError for a file that is missing, unreadable or not TOML.
    """
    text = drafts[path.name] if path.name in drafts else text_of(path)
    try:
        return _parsed(path.name, text)
    except (RecursionError, ValueError):  # tables in tables without end; numbers with thousands of digits
        raise UserError(path.name, "too deep or too large to be a spec", "`colonnade init` writes an example") from None


def _parsed(file: str, text: str) -> Document:
    try:
        data = _without_notes(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise not_toml(file, text, str(error)) from None
    document = Document(data, index(file, text))
    fail_on(_unusable(data, ()), document.positions)
    return document


def text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = f"`colonnade init {path.name}` writes one to begin with; -f names another"
        raise UserError(path.name, "there is no such file", hint) from None
    except UnicodeDecodeError as error:
        raise UserError(path.name, f"not UTF-8 text (byte {error.start + 1})", "save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise UserError(path.name, f"cannot be read: {error}", "name a readable file with -f") from None


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if not key.startswith(IGNORED)}
    return [_without_notes(item) for item in value] if isinstance(value, list) else value


def _unusable(value: Any, keys: Keys) -> Iterator[Problem]:
    """Values that TOML has and a spec has no use for: dates, infinities, numbers beyond 64 bits."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _unusable(item, (*keys, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _unusable(item, (*keys, i))
    elif not isinstance(value, str | int | float):
        yield Problem(keys, "a date or time has no meaning here", "put it in quotes if text is meant")
    elif not isinstance(value, str) and not -LARGEST <= value < LARGEST:
        yield Problem(keys, "this number has no meaning here", "give one that fits into 64 bits")


def _merged(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    return {**base, **{key: _laid(base.get(key), value) for key, value in overlay.items()}}


def _laid(under: Any, over: Any) -> Any:
    return _merged(under, over) if isinstance(under, dict) and isinstance(over, dict) else over
