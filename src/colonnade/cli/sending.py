"""Progress of an upload: a live line for each server on a terminal, one line for each elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import TracebackType


class Sending:
    """Counts the bytes of each server."""

    def __init__(self) -> None:
        self._bytes: dict[str, int] = {}
        self._live = sys.stderr.isatty() and "CI" not in os.environ

    def sent(self, server: str, size: int) -> None:
        self._bytes[server] = self._bytes.get(server, 0) + size
        if self._live:
            print(f"\r\033[K{self._line()}", end="", file=sys.stderr, flush=True)

    def _line(self) -> str:
        return "sent: " + ", ".join(f"{server} {human(size)}" for server, size in self._bytes.items())

    def __enter__(self) -> Sending:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bytes:
            with suppress(BrokenPipeError):
                print(f"\r\033[K{self._line()}" if self._live else self._line(), file=sys.stderr, flush=True)


def human(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
