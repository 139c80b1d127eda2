"""The guestbook's servers as they are in a test, and a small app to deploy on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.model.app import App
from colonnade.release.bundle import Bundle, build
from colonnade.release.ship import Release
from colonnade.release.steps import Steps
from tests.release.fleet import Killed, World
from tests.sites import VAULT, designed


@dataclass
class Bench:
    """The guestbook's servers, and a small app for them."""

    world: World
    folder: Path
    app: App
    said: list[str]
    sent: list[tuple[str, int, int]] = field(default_factory=list)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name.replace("_", "-")).write_text(text)

    def built(self) -> Bundle:
        return build(self.app, self.folder.parent / "work", self.said.append, cache=self.folder.parent / "cache")

    @property
    def release(self) -> Release:
        layout = designed("guestbook").layout
        return Release(Steps(layout, self.world.fleet, self.app), VAULT.ca_cert, self.said.append)

    def deploy(self) -> str:
        """The release that is live afterwards."""
        bundle = self.built()
        scratch = self.folder.parent / "scratch"
        scratch.mkdir(exist_ok=True)
        sending = nullcontext(lambda *counts: self.sent.append(counts))
        asyncio.run(self.release.deploy(bundle, scratch, sending))
        return bundle.release

    def rollback(self, release: str | None = None, across: bool = False) -> str:
        return asyncio.run(self.release.rollback(release, across))

    def killed_after(self, steps: int, work: Callable[[], Any]) -> bool:
        """Whether the work was not done by then."""
        self.world.steps_left = steps
        try:
            work()
        except Killed:
            return True
        finally:
            self.world.steps_left = float("inf")
        return False
