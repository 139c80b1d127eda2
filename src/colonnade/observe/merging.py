"""One stream in the order of time out of many that are each in order. Pure: the caller says how late it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from colonnade.observe.logs import Line


class Merging:
    """A line goes out once no source can have an older one: each open one has said something, or is silent too long.

    `patience` is how long a silent source is waited for; None waits for ever, which is right where sources end.
    """

    def __init__(self, sources: Iterable[str], patience: float | None) -> None:
        self._waiting: dict[str, deque[Line]] = {name: deque() for name in sources}
        self._open = set(self._waiting)
        self._heard = dict.fromkeys(self._waiting, 0.0)
        self._patience = patience

    def add(self, line: Line, now: float) -> None:
        self._open.add(line.server)
        self._heard[line.server] = now
        self._waiting[line.server].append(line)

    def end(self, source: str) -> None:
        """It has no more lines, or cannot be reached; a line of it opens it again."""
        self._open.discard(source)

    @property
    def ended(self) -> bool:
        return not self._open and not any(self._waiting.values())

    @property
    def waits(self) -> bool:
        """Lines are held back for a silent source."""
        return any(self._waiting.values())

    def ready(self, now: float) -> Iterator[Line]:
        while any(self._waiting.values()) and not self._awaited(now):
            first = min((own[0].time, name) for name, own in self._waiting.items() if own)[1]
            yield self._waiting[first].popleft()

    def _awaited(self, now: float) -> bool:
        """Somebody may yet have an older line than those that wait."""
        silent = [name for name in self._open if not self._waiting[name]]
        if self._patience is None:
            return bool(silent)
        held = max(self._heard[name] for name, own in self._waiting.items() if own)
        return bool(silent) and now - held < self._patience
