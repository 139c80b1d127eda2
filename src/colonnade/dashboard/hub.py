"""Keeps the latest snapshot and tells every open page what changed since it was told last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic

from colonnade.dashboard.page import Parts, parts, title
from colonnade.dashboard.snapshot import Snapshot

# Also when nothing changed: a page that hears nothing for three seconds calls itself blind.
HEARTBEAT = 1.0


class Hub:
    """One for all pages: a snapshot is rendered once, however many look. A slow page skips what it missed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.latest: Snapshot | None = None
        self._parts: Parts = {}
        self._shown = 0.0
        self._number = 0
        self._news = asyncio.Event()
        self._ended = False

    def end(self) -> None:
        """Open pages are told nothing more, so that their connections can end."""
        self._ended = True
        self._news.set()

    def show(self, snap: Snapshot) -> None:
        self._parts, self.latest, self._shown = parts(snap), snap, monotonic()
        self._number += 1
        self._news.set()
        self._news = asyncio.Event()

    async def events(self) -> AsyncIterator[bytes]:
        """Everything at first, then what changed; never more than a heartbeat apart."""
        told: Parts = {}
        while not self._ended:
            now = self._parts
            yield self._event({name: html for name, html in now.items() if told.get(name) != html})
            told, news = now, self._news
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT)
            except TimeoutError:
                continue

    def _event(self, changed: Parts) -> bytes:
        message = {
            "parts": changed,
            "title": title(self.latest) if self.latest else "",
            "age": round(monotonic() - self._shown, 2) if self.latest else 0,
            "waiting": self.latest is None,
        }
        return f"id: {self._number}\ndata: {json.dumps(message, separators=(',', ':'))}\n\n".encode()
