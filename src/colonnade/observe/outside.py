"""What a user sees: one HTTPS request to each virtual address, from the operator's computer."""

from __future__ import annotations

import asyncio
import ssl
from time import perf_counter

from colonnade.model.observation import Reading, Status
from colonnade.model.site import Site
from colonnade.observe.https import get

# A page that takes longer is as good as none.
TIMEOUT = 5.0


async def look_from_outside(site: Site, ca_cert: str) -> tuple[Reading, ...]:
    """A reading for each virtual address."""
    app = site.apps[0] if site.apps else None
    path, host = (app.health, site.hosts_of(app)[0]) if app else ("/", site.domain)
    context = ssl.create_default_context(cadata=ca_cert)
    return tuple(await asyncio.gather(*(_one(vip.address, host, path, context) for vip in site.vips)))


async def _one(address: str, domain: str, path: str, context: ssl.SSLContext) -> Reading:
    started = perf_counter()
    try:
        status = (await get(address, domain, path, context, TIMEOUT)).status
    except TimeoutError:
        return Reading("outside", address, Status.DOWN, f"no answer in {TIMEOUT:.0f} s")
    except OSError as error:
        return Reading("outside", address, Status.DOWN, str(error))
    milliseconds = f"{(perf_counter() - started) * 1000:.0f}"
    well = Status.OK if 200 <= status < 400 else Status.DOWN
    return Reading("outside", address, well, f"{status} in {milliseconds} ms", {"status": str(status)})
