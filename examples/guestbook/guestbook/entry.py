"""What may be written into the book."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

NAME_LIMIT = 60
MESSAGE_LIMIT = 1000


class Refused(ValueError):
    """A reason, for the visitor."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is kept. Its key makes keeping it twice the same as once."""

    key: uuid.UUID
    name: str
    message: str


def draft(fields: Mapping[str, object]) -> Draft:
    """Check a form or a JSON object."""
    return Draft(
        key=_key(fields.get("key")),
        name=_text(fields, "name", NAME_LIMIT),
        message=_text(fields, "message", MESSAGE_LIMIT),
    )


def limit(text: str | None, default: int = 50, most: int = 1000) -> int:
    """How many entries to list: a number in 1…most, whatever was asked."""
    try:
        return min(max(int(text or default), 1), most)
    except ValueError:
        return default


def _key(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise Refused("The key must be a UUID.") from error


def _text(fields: Mapping[str, object], field: str, most: int) -> str:
    """PostgreSQL's text holds no NUL; browsers count a line break once and send it as two characters."""
    value = fields.get(field)
    text = value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if not text:
        raise Refused(f"Please write a {field}.")
    if len(text) > most:
        raise Refused(f"The {field} is longer than {most} characters.")
    return text
