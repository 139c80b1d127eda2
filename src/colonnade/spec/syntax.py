"""What tomllib's messages mean to somebody who writes a spec."""

from __future__ import annotations

import re

from colonnade.errors import UserError
from colonnade.spec.positions import Place, index
from colonnade.spec.problems import dotted

VALUE = ("expected a value", 'put text in quotes, as in name = "shop"')
LINE = ("expected the end of the line", 'put text and addresses in quotes ("10.0.0.11"), and each key on its own line')
EQUALS = ('expected "=" after the key', 'write key = value, as in name = "shop"')
HEADER = ('expected "]" at the end of the table\'s name', "write a table's name as [servers]")
QUOTE = ("the text has no closing quote on its line", "close it with the quote it begins with")
LIST = ("the list is not closed", 'put a comma between items and "]" at the end')
INLINE = ("the table in braces is not closed", 'put a comma between keys, keep it on one line and end it with "}"')
KEY = ("expected a key", "write key = value, with no comma after the last one in braces")
STATEMENT = ("expected key = value or a [table]", "remove the line, or put # before it")
BACKSLASH = ("a backslash begins an escape here", r"write it twice (\\), or the text in single quotes")
TWICE = ("stands twice", "keep one of the two")

MEANINGS = {
    "Invalid value": VALUE,
    "Expected newline": LINE,
    "Expected '='": EQUALS,
    "Expected ']": HEADER,
    "Unterminated string": QUOTE,
    "Found invalid character": QUOTE,
    "Illegal character": QUOTE,
    "Unclosed array": LIST,
    "Unclosed inline": INLINE,
    "Invalid initial character": KEY,
    "Invalid statement": STATEMENT,
    "Unescaped": BACKSLASH,
    "Cannot": TWICE,
    "Duplicate": TWICE,
}


def not_toml(file: str, text: str, message: str) -> UserError:
    """The error for a text that tomllib refuses with `message`."""
    problem, hint = next(
        (meaning for start, meaning in MEANINGS.items() if message.startswith(start)),
        (message.split(" (at ")[0], "the line must be TOML, as in the example of `colonnade init`"),
    )
    if problem == "stands twice" and (found := index(file, text).repeated):
        keys, place = found
        return UserError(str(place), f"{dotted(keys)}: {problem}", hint)
    return UserError(str(_place(file, text, message)), f"not TOML: {problem}", hint)


def _place(file: str, text: str, message: str) -> Place:
    if found := re.search(r"at line (\d+), column (\d+)", message):
        return Place(file, int(found[1]), int(found[2]))
    lines = text.rstrip().split("\n")
    return Place(file, len(lines), len(lines[-1]) + 1)
