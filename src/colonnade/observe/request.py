"""One request in the logs of all servers: its hops, and the lines of applications that carry its id."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.model.site import Site
from colonnade.observe.logs import FIELDS, Line, parsed
from colonnade.observe.trace import Hop, hops, records
from colonnade.observe.trace import parsed as documents
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


@dataclass(frozen=True)
class Found:
    hops: tuple[Hop, ...]
    lines: tuple[Line, ...]
    """What is no hop, in the order of time."""


async def found(site: Site, fleet: Fleet, request: str, since: float) -> Found:
    async def one(remote: Remote) -> list[Line]:
        _, output, _ = await remote.run(search(request, since))
        lines = (parsed(remote.server.name, raw) for raw in output.splitlines())
        return [line for line in lines if line and not _is_hop(line.message)]

    way = hops(await records(site, fleet, request, since))
    answers, _ = await fleet.each(one)
    lines = (line for found in answers.values() for line in found)
    return Found(way, tuple(sorted(lines, key=lambda line: line.time)))


def search(request: str, since: float) -> str:
    """Every entry with the id, whichever unit wrote it."""
    return f"journalctl --quiet --no-pager -o json --output-fields={FIELDS} --since=@{since:.6f} -g {request}"


def _is_hop(message: str) -> bool:
    """A line by which the hops are known already."""
    return bool(hops([{**each, "at": ""} for each in documents(message)]))
