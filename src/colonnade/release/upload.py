"""Brings a bundle to the servers, all at once: each gets the layers of its roles, and of them what it lacks."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.model.site import Role, Server
from colonnade.release.bundle import Bundle
from colonnade.release.layer import Layer
from colonnade.release.steps import Steps, answer_of, in_time
from colonnade.remote.agent import send

# Seconds for one layer: 200 MB at 3 Mbit/s, and its unpacking.
WITHIN = 900.0

Sent = Callable[[str, int, int], None]
"""Told after every piece: (server, bytes that it has, of so many)."""


@dataclass(frozen=True)
class Upload:
    steps: Steps
    bundle: Bundle
    record: dict[str, Any]
    """Who, when and what, kept with the release."""
    scratch: Path
    sent: Sent
    _packed: dict[str, asyncio.Task[Path]] = field(default_factory=dict)
    """Servers that lack the same get the same archive."""

    async def run(self) -> None:
        done = await asyncio.gather(*(self._one(server) for server in self.steps.everyone), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure

    async def _one(self, server: Server) -> None:
        layers = self.bundle.of(*kinds(server))
        sizes = {layer.name: layer.sizes for layer in layers}
        lacking = await self.steps.on(server, "lacking", layers=sizes)
        wanted = [layer for layer in layers if layer.name in lacking]
        archives = [await self._pack(layer, lacking[layer.name]) for layer in wanted]
        told = self._counting(server, archives)
        for layer, archive in zip(wanted, archives, strict=True):
            await self._fill(server, layer, archive, told)
        parts = {layer.kind: layer.name for layer in layers}
        await self.steps.on(server, "place", release=self.bundle.release, layers=parts, record=self.record)

    def _counting(self, server: Server, archives: Iterable[Path]) -> Callable[[int], None]:
        has, total = 0, sum(archive.stat().st_size for archive in archives)

        def piece(size: int) -> None:
            nonlocal has
            has += size
            self.sent(server.name, has, total)

        return piece

    async def _fill(self, server: Server, layer: Layer, archive: Path, told: Callable[[int], None]) -> None:
        remote, app = self.steps.fleet.remotes[server.name], self.steps.app.name
        request = {"op": "fill", "app": app, "name": layer.name, "entries": layer.entries}
        asked = send(remote, "release", archive, told, **request)
        answer_of(server, await in_time(server, "the upload", WITHIN, asked))

    async def _pack(self, layer: Layer, keys: list[str]) -> Path:
        name = f"{layer.name}-{hashlib.sha256(' '.join(keys).encode()).hexdigest()[:16]}.tar.gz"
        if name not in self._packed:
            work = asyncio.to_thread(layer.pack, self.scratch / name, keys)
            self._packed[name] = asyncio.create_task(work)
        return await self._packed[name]


def kinds(server: Server) -> tuple[str, ...]:
    apps = ("app", "site") if server.has(Role.APP) else ()
    return (*apps, *(("static",) if server.has(Role.WEB) else ()))
