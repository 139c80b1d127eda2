"""Whether the module of an app defines what the spec says it does, as far as can be told without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

# A module with one of these may have names that cannot be read off its text.
DYNAMIC = frozenset({"globals", "locals", "vars", "exec", "setattr", "__getattr__", "modules"})


def absent(source: bytes, name: str) -> tuple[str, ...] | None:
    """The names that the module does define, when `name` is surely not one of them; None when it may be there."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    found = tuple(_names(module))
    if name in found or "*" in found or DYNAMIC & {*found, *_mentioned(module)}:
        return None
    return found


def _names(module: ast.Module) -> Iterator[str]:
    """Everything that is given a name anywhere in it: more than the module's own names, never fewer."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _mentioned(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
