"""A line of a journal for the reader: plain, coloured on a terminal, or as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from colonnade.observe.logs import Line

VERSION = 1
# Of a terminal's sixteen those that can be read on black and on white.
COLOURS = (36, 32, 35, 34, 33, 96, 92, 95, 94)
ERROR, WARNING = 3, 4

Writer = Callable[[Line], None]


def writer(output: str, servers: Sequence[str]) -> Writer:
    if output == "json":
        return lambda line: print(json.dumps(as_document(line), ensure_ascii=False), flush=True)
    colours = {name: COLOURS[rank % len(COLOURS)] for rank, name in enumerate(servers)} if _coloured() else {}
    width = max(map(len, servers))
    return lambda line: print(as_text(line, width, colours.get(line.server)), flush=True)


def as_document(line: Line) -> dict[str, object]:
    """One JSON object to a line."""
    return {
        "version": VERSION,
        "time": datetime.fromtimestamp(line.time, UTC).isoformat(timespec="microseconds"),
        "server": line.server,
        "unit": line.unit,
        "priority": line.priority,
        "message": line.message,
    }


def as_text(line: Line, width: int, colour: int | None = None) -> str:
    """By the operator's clock. A message of several lines has its prefix before each."""
    time = datetime.fromtimestamp(line.time).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    prefix = f"{time} {line.server:<{width}} {line.unit}:"
    if colour is not None:
        prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
    return "\n".join(f"{prefix} {_marked(text, line.priority, colour)}" for text in _printable(line.message))


def _marked(text: str, priority: int, colour: int | None) -> str:
    if colour is None or priority > WARNING:
        return text
    return f"\x1b[{31 if priority <= ERROR else 33}m{text}\x1b[0m"


def _printable(message: str) -> list[str]:
    """What a visitor sent may stand in a log: it must not drive the reader's terminal."""
    return ["".join(map(_shown, text)) for text in message.splitlines() or [""]]


def _shown(character: str) -> str:
    return character if character.isprintable() or character == "\t" else f"\\x{ord(character):02x}"


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
