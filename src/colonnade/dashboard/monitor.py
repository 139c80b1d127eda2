"""The page on a monitor: `python3 -m colonnade.dashboard.monitor SETTINGS`. Asks Prometheus, and logs in nowhere."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from colonnade.dashboard import metrics
from colonnade.dashboard.history import BOTH, Ask, History
from colonnade.dashboard.hub import Hub
from colonnade.dashboard.login import Login, Users
from colonnade.dashboard.prometheus import query
from colonnade.dashboard.serving import listening, server
from colonnade.dashboard.snapshot import Look
from colonnade.dashboard.telling import tell
from colonnade.dashboard.web import guarded, routes
from colonnade.model.outline import Outline, from_json

SECONDS = 5.0
LONGEST = 16 << 20
"""Bytes of an answer."""


@dataclass(frozen=True)
class Settings:
    """What the design wrote for this monitor."""

    told: Mapping[str, Any] = field(repr=False)

    @property
    def outline(self) -> Outline:
        return from_json(self.told["outline"])

    @property
    def users(self) -> Users:
        pairs = {name: (bytes.fromhex(salt), bytes.fromhex(told)) for name, (salt, told) in self.told["users"].items()}
        return Users(pairs, bytes.fromhex(self.told["key"]))

    def context(self) -> ssl.SSLContext:
        """Shows this monitor's certificate, and asks for the site's own CA."""
        tls = self.told["tls"]
        made = ssl.create_default_context(cafile=tls["ca"])
        made.load_cert_chain(tls["certificate"], tls["key"])
        return made


def look(settings: Settings, history: History) -> Look:
    """From the latest that any monitor told."""
    now = time.time()
    told = history.fresh(now)
    why = "no Prometheus can be asked"
    answers = told.answers if told else {}
    return Look(
        at=now,
        readings=metrics.readings(settings.outline, settings.told["units"], answers, why),
        ways=tuple(metrics.ways(answers)),
        loads=metrics.loads(answers),
        flow=told.flow if told else (),
        alerts=told.alerts if told else None,
        events=told.events if told else (),
        sources=(history.source(now),),
    )


def asker(name: str, address: str, port: int, context: ssl.SSLContext) -> Ask:
    """Pages of one Prometheus, this monitor's or another's."""

    async def ask(paths: Sequence[str]) -> Sequence[str | None]:
        return await asyncio.gather(*(_page(path) for path in paths))

    async def _page(path: str) -> str | None:
        try:
            return await asyncio.wait_for(fetch(name, address, port, path, context), SECONDS)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None

    return ask


async def fetch(name: str, address: str, port: int, path: str, context: ssl.SSLContext) -> str | None:
    """HTTP/1.0: the answer ends with the connection."""
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read(-1)
        return body[:LONGEST].decode("utf-8", "replace") if b" 200 " in head[:20] else None
    finally:
        writer.close()


def application(settings: Settings, hub: Hub) -> ASGIApp:
    login = Login(hub.name, settings.users)
    return guarded(login.guard(Starlette(routes=[*routes(hub), *login.routes()])), (settings.told["host"],))


async def serve(settings: Settings) -> None:
    context = settings.context()
    monitors = [(m["name"], asker(m["name"], m["address"], m["port"], context)) for m in settings.told["monitors"]]
    history = History(monitors, {**BOTH, **{name: query(promql) for name, promql in metrics.NOW.items()}})
    hub = Hub(settings.outline.name)
    tls = settings.told["tls"]
    web = server(application(settings, hub), hub, ssl_certfile=tls["certificate"], ssl_keyfile=tls["key"])
    with listening(settings.told["address"], settings.told["port"]) as opened:
        telling = tell(hub, settings.outline, lambda: look(settings, history))
        work = [asyncio.create_task(each) for each in (history.keep(), telling)]
        try:
            await web.serve(sockets=[opened])
        finally:
            for task in work:
                task.cancel()


if __name__ == "__main__":
    asyncio.run(serve(Settings(json.loads(Path(sys.argv[1]).read_text()))))
