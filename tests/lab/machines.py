"""Commands on a lab machine, over SSH, as an operator would give them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from colonnade.model.site import Access, Role, Server
from colonnade.remote.connection import connect
from tests.lab.sites import LabSite


def on(site: LabSite, server: str, command: str) -> str:
    """What the command printed; it must succeed."""
    return asyncio.run(_run(site.spec.parent / ".colonnade" / "lab", server, site.address_of(server), command))


async def _run(state: Path, name: str, address: str, command: str) -> str:
    access = Access("root", state / "id_ed25519", state / "known_hosts")
    async with connect(Server(name, address, frozenset({Role.APP})), access) as remote:
        status, output, error = await remote.run(command)
    assert status == 0, (output + error).decode()
    return output.decode()
