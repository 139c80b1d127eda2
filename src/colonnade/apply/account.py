"""What a verb did, left with the monitors: so that changes stand on the same timeline as what they caused."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter, time

from colonnade.errors import UserError
from colonnade.model.site import Role, Site
from colonnade.model.textfile import FOLDER, Sample, as_text, path_of
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

HELP = {
    "colonnade_verb_end_timestamp_seconds": "When the operator last ran this verb to its end.",
    "colonnade_verb_success": "1 when that run did what it was asked to.",
    "colonnade_verb_duration_seconds": "How long it took.",
}


def account(verb: str, success: bool, seconds: float, labels: Mapping[str, str] | None = None) -> tuple[Sample, ...]:
    """One run, ended just now."""
    pairs = (("verb", verb), *(labels or {}).items())
    names = tuple(HELP)
    values = (round(time(), 3), float(success), round(seconds, 3))
    return tuple(Sample(name, value, pairs) for name, value in zip(names, values, strict=True))


@asynccontextmanager
async def accounted(site: Site, fleet: Fleet, verb: str, **labels: str) -> AsyncIterator[None]:
    """Leaves an account of what happens inside, also when it fails."""
    started, success = perf_counter(), False
    try:
        yield
        success = True
    finally:
        name = "-".join((verb, *labels.values()))
        # A monitor that cannot be written to is no failure of the verb: its graph lacks one mark.
        await leave(site, fleet, name, account(verb, success, perf_counter() - started, labels))


async def leave(site: Site, fleet: Fleet, name: str, samples: Iterable[Sample]) -> dict[str, UserError]:
    """Writes `NAME.prom` on every monitor that is reached; returns what went wrong, which is no failure of the verb."""
    text = as_text(samples, HELP)

    async def write(remote: Remote) -> None:
        whole, part = path_of(name), f"{FOLDER}/.{name}"
        script = f"mkdir -p {FOLDER} && cat >{part} && mv {part} {whole}"
        status, _, error = await remote.run(f"/bin/sh -c {shlex.quote(script)}", text.encode())
        if status:
            raise UserError(remote.server.name, "the account of this run could not be left", detail=error.decode())

    there = [server.name for server in site.having(Role.MONITOR) if server.name in fleet.remotes]
    return (await fleet.each(write, there))[1]
