"""Writes lines to a file descriptor beside the event loop: a reader that is slow must not stall the load."""

from __future__ import annotations

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread


class Writer:
    """Lines are collected by `add`, handed over by `flush`, and written by a thread of its own."""

    def __init__(self, descriptor: int, broken: Callable[[], None]) -> None:
        """`broken` is called, in that thread, when nobody reads any more."""
        self._descriptor = descriptor
        self._broken = broken
        self._lines: list[bytes] = []
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        self._thread = Thread(target=self._write, name="writer", daemon=True)
        self._thread.start()

    def add(self, line: bytes) -> None:
        self._lines.append(line)

    def flush(self) -> None:
        if self._lines:
            self._queue.put(b"".join(self._lines))
            self._lines.clear()

    def close(self) -> None:
        """Returns once everything is written."""
        self.flush()
        self._queue.put(b"")
        self._thread.join()

    def _write(self) -> None:
        while data := self._queue.get():
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                self._broken()
                return
