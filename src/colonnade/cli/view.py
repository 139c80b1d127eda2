"""What verbs begin with that look at the servers. Apart from the session: SSH is a third of a verb's start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from colonnade.apply.facts import known_facts
from colonnade.apply.read import read
from colonnade.cli.session import Session
from colonnade.design import design
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.remote.fleet import Fleet, open_fleet


@dataclass(frozen=True)
class View:
    """The servers as they are, and the design for them."""

    fleet: Fleet
    design: Design
    actual: dict[str, Actual]
    failures: dict[str, UserError]


@asynccontextmanager
async def view(session: Session) -> AsyncIterator[View]:
    """Connects, reads, designs."""
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        actual, failures = await read(fleet)
        facts = known_facts(session.loaded.state, actual)
        yield View(fleet, design(session.site, session.vault, facts), actual, failures)
