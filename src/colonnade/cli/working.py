"""What verbs begin with that change something and need nothing of what an apply reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from colonnade.apply.lock import site_lock
from colonnade.cli.session import Session
from colonnade.remote.fleet import Fleet, open_fleet


@asynccontextmanager
async def working(session: Session, verb: str) -> AsyncIterator[Fleet]:
    """Connections to all servers, and the site's lock."""
    site = session.site
    async with open_fleet(site.servers, site.access) as fleet, site_lock(site, fleet, verb):
        yield fleet
