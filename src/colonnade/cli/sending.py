"""Progress of an upload: a live line for each server on a terminal, elsewhere one line for all, now and then."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from colonnade.release.upload import Sent

# Seconds between two lines where they all stay.
EVERY = 10.0


class Sending:
    """Which bytes each server has, and how many it is to get."""

    def __init__(self) -> None:
        self._bytes: dict[str, tuple[int, int]] = {}
        self._told = monotonic()
        console = Console(stderr=True, highlight=False)
        self._live = Live(console=console) if console.is_terminal and "CI" not in os.environ else None

    def sent(self, server: str, has: int, of: int) -> None:
        self._bytes[server] = has, of
        if self._live:
            self._live.update(as_table(self._bytes))
        elif monotonic() - self._told >= EVERY:
            self._tell()

    def _tell(self) -> None:
        self._told = monotonic()
        with suppress(BrokenPipeError):
            print(as_line(self._bytes), file=sys.stderr, flush=True)

    def __enter__(self) -> Sent:
        if self._live:
            self._live.__enter__()
        return self.sent

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.__exit__(kind, error, trace)
        elif self._bytes:
            self._tell()


def as_line(sent: dict[str, tuple[int, int]]) -> str:
    return "sent: " + ", ".join(f"{server} {share(*counts)}" for server, counts in sent.items())


def as_table(sent: dict[str, tuple[int, int]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for server, (has, of) in sent.items():
        table.add_row(f" {'✓' if has >= of else '…'} {server}", share(has, of))
    return table


def share(has: int, of: int) -> str:
    return human(of) if has >= of else f"{human(has)} of {human(of)}"


def human(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
