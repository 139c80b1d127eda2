"""The way one request took, from the logs of every hop that saw its id."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from time import perf_counter, time
from typing import Any
from urllib.parse import urlsplit

from colonnade.components.haproxy import RECENT
from colonnade.errors import UserError
from colonnade.model.site import Role, Server, Site
from colonnade.observe.https import get
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

TIMEOUT = 30.0
# Logs reach the journal within milliseconds; a busy server may take longer.
PATIENCE = 3.0
# Seconds by which a server's clock may be ahead of the operator's.
RECENTLY = 120.0


@dataclass(frozen=True)
class Hop:
    """One stop of the request: where, what it chose next, and its time in milliseconds."""

    place: str
    name: str
    detail: str
    milliseconds: float | None = None


@dataclass(frozen=True)
class Trace:
    url: str
    status: int
    request_id: str
    hops: tuple[Hop, ...]


async def trace(site: Site, fleet: Fleet, url: str, ca_cert: str) -> Trace:
    """Makes one request and follows its id through the logs of balancers, web servers and endpoints."""
    address, host, path = _target(site, url)
    started = perf_counter()
    status, request_id = await _get(address, host, path, ca_cert)
    total = (perf_counter() - started) * 1000
    seen = await _awaited(site, fleet, request_id)
    first = Hop("address", address, f"{status}, as the client saw it", round(total, 1))
    return Trace(url, status, request_id, (first, *hops(seen)))


def _target(site: Site, url: str) -> tuple[str, str, str]:
    """(virtual address, Host, path): a host name of the site stands for its first address, whatever DNS says."""
    parts = urlsplit(url if "//" in url else f"https://{site.domain}/{url.lstrip('/')}")
    host = parts.hostname or site.domain
    known = {vip.address: vip.address for vip in site.vips} | dict.fromkeys(site.hosts, site.vips[0].address)
    if host not in known:
        raise UserError(url, f"{host} is none of this site's names", f"try https://{site.domain}{parts.path or '/'}")
    return known[host], host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def _get(address: str, host: str, path: str, ca_cert: str) -> tuple[int, str]:
    """Status, and the id that the balancer gave the request."""
    try:
        answer = await get(address, host, path, ssl.create_default_context(cadata=ca_cert), TIMEOUT)
    except (OSError, TimeoutError) as error:
        raise UserError(address, f"no answer: {error or 'timeout'}", "see colonnade status") from error
    return answer.status, answer.headers.get("x-request-id", "")


async def _awaited(site: Site, fleet: Fleet, request_id: str) -> list[dict[str, Any]]:
    """What was written down of the request; looked for until the balancer's own line is there."""
    since, deadline = time() - RECENTLY, perf_counter() + PATIENCE
    while True:
        seen = await records(site, fleet, request_id, since)
        if any(r.get("frontend") == "https" for r in seen) or perf_counter() > deadline:
            return seen
        await asyncio.sleep(0.2)


async def records(site: Site, fleet: Fleet, request_id: str, since: float) -> list[dict[str, Any]]:
    """Log lines of balancers and web servers with the id, each with the server it comes from."""
    names = [s.name for s in site.servers if s.roles & {Role.LB, Role.WEB} and s.name in fleet.remotes]

    async def one(remote: Remote) -> list[dict[str, Any]]:
        _, output, _ = await remote.run(search(remote.server, request_id, since))
        return [{**record, "at": remote.server.name} for record in parsed(output.decode(errors="replace"))]

    answers, _ = await fleet.each(one, names)
    return [record for found in answers.values() for record in found]


def search(server: Server, request_id: str, since: float) -> str:
    """Prints the server's log lines with the id. A balancer has most of its own in memory, not in the journal."""
    journal = f"journalctl --since=@{since:.0f} -o cat --no-pager -g {request_id}"
    if not server.has(Role.LB):
        return journal
    return f'sh -c "{journal}; {RECENT} | grep -F {request_id}"'


def parsed(output: str) -> list[dict[str, Any]]:
    """The JSON lines, each once: a balancer's line about a failure is in its memory and in its journal."""
    return [found for line in dict.fromkeys(output.splitlines()) if (found := _document(line))]


def _document(line: str) -> dict[str, Any] | None:
    """An application's own lines may begin like JSON and be none."""
    try:
        found = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def hops(records: list[dict[str, Any]]) -> tuple[Hop, ...]:
    """Balancer, web server, app server and worker, in the order of the way."""
    found = []
    for record in records:
        if record.get("frontend") == "https":
            found.append((0, Hop("balancer", record["at"], f"chose {record['server']}", float(record["total_ms"]))))
        elif "app_seconds" in record:
            found.append((1, Hop("web server", record["at"], _nginx(record), float(record["seconds"]) * 1000)))
        elif str(record.get("frontend", "")).startswith("app-"):
            server, _, worker = record["server"].rpartition("-")
            waited = f"worker {worker}, waited {record['queue_ms']} ms, connected in {record['connect_ms']} ms"
            found.append((2, Hop("app server", server, waited, float(record["response_ms"]))))
    return tuple(hop for _, hop in sorted(found, key=lambda pair: pair[0]))


def _nginx(record: dict[str, Any]) -> str:
    return "asked the application" if record.get("app_seconds") else "answered from its own files"
