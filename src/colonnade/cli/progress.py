"""Progress of an apply: one live line for each server on a terminal, plain lines elsewhere; failures stay."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from colonnade.model.plan import Plan


class Progress:
    """Counts the steps of each server; quiet about servers with nothing to do."""

    def __init__(self, plan: Plan) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._total: dict[str, int] = {}
        for change in plan.changes:
            self._total[change.server] = self._total.get(change.server, 0) + 1
        self._done = dict.fromkeys(self._total, 0)
        self._last = dict.fromkeys(self._total, "")
        self._started = monotonic()
        live = self._console.is_terminal and "CI" not in os.environ
        self._live = Live(self._table(), console=self._console, refresh_per_second=8) if live else None

    def report(self, server: str, component: str, text: str) -> None:
        """A step is done (`text` says which), or a component's steps begin (no text)."""
        # What leaves is told in more steps than the plan had.
        self._done[server] = self._done.get(server, 0) + bool(text)
        self._last[server] = f"{component} {text}".strip()[:100]
        if self._live:
            self._live.update(self._table())
        elif text:
            print(f"{monotonic() - self._started:6.1f} s  {server}: {self._last[server]}", file=sys.stderr, flush=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for server, total in self._total.items():
            done = self._done[server]
            mark = "✓" if done >= total else "…"
            table.add_row(f" {mark} {server}", f"{done}/{total}", "" if done >= total else self._last[server])
        return table

    def __enter__(self) -> Progress:
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.__exit__(kind, error, trace)
