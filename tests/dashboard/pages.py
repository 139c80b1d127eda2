"""The page in a real browser, on stories instead of servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from colonnade.dashboard.hub import Hub
from colonnade.dashboard.serving import listening, server
from colonnade.dashboard.snapshot import Look
from colonnade.dashboard.web import application
from tests.dashboard.stories import seen

TOKEN = "a-token"
CHROMIUM = "/usr/bin/chromium"
# No GPU, no sandbox where the tests are root, and nothing that asks a machine of others.
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Served:
    """A dashboard that shows whatever look it is given."""

    url: str
    hub: Hub
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]

    def show(self, look: Look) -> None:
        asyncio.run_coroutine_threadsafe(self._show(look), self.loop).result(10)

    async def _show(self, look: Look) -> None:
        self.hub.show(seen(look))


@contextmanager
def served(look: Look | None) -> Iterator[Served]:
    """In a thread of its own, as long as the context lasts."""
    with listening("127.0.0.1", 0) as opened:
        at = f"127.0.0.1:{opened.getsockname()[1]}"
        loop, hub = asyncio.new_event_loop(), Hub("guestbook")
        web = server(application(hub, TOKEN, (at,)), hub)
        if look:
            hub.show(seen(look))
        thread = threading.Thread(target=loop.run_until_complete, args=(web.serve(sockets=[opened]),))
        thread.start()

        def stop() -> None:
            web.should_exit = True
            thread.join(10)

        try:
            yield Served(f"http://{at}/{TOKEN}/", hub, loop, stop)
        finally:
            stop()
            loop.close()
