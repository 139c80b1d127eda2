"""Runs the probes of every server: readings by server. A server that does not answer is seen as unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from colonnade.components import discover
from colonnade.errors import UserError
from colonnade.model.layout import Layout
from colonnade.model.observation import Output, Probe, Reading, Status
from colonnade.model.site import Server
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

# One probe's time on the server, and what the whole answer may take beyond it.
PROBE_SECONDS = 3.0
ANSWER_SECONDS = 8.0

Readings = dict[str, tuple[Reading, ...]]


def probes_of(layout: Layout, server: Server) -> tuple[Probe, ...]:
    found = (c.probes(layout, server) for c in discover().values() if c.on(server))
    return tuple(probe for probes in found for probe in probes)


async def observe(layout: Layout, fleet: Fleet, names: Collection[str] | None = None) -> Readings:
    """One round trip to each server, or to each that is named, all at once."""
    wanted = [server for server in layout.site.servers if names is None or server.name in names]

    async def look(remote: Remote) -> tuple[Reading, ...]:
        return await readings(remote, probes_of(layout, remote.server))

    seen, failed = await fleet.each(look, [s.name for s in wanted if s.name in fleet.remotes])
    failures: Mapping[str, UserError] = {**fleet.failures, **failed}
    return {
        server.name: seen[server.name]
        if server.name in seen
        else unknown(probes_of(layout, server), failures[server.name].problem)
        for server in wanted
    }


async def readings(remote: Remote, probes: tuple[Probe, ...]) -> tuple[Reading, ...]:
    commands = [probe.command for probe in probes]
    try:
        answer = await asyncio.wait_for(
            ask(remote, "probe", commands=commands, timeout=PROBE_SECONDS), PROBE_SECONDS + ANSWER_SECONDS
        )
    except TimeoutError:
        return unknown(probes, "no answer in time")
    return tuple(as_reading(probe, Output(*output)) for probe, output in zip(probes, answer, strict=True))


def as_reading(probe: Probe, output: Output) -> Reading:
    try:
        status, text, facts = probe.read(output)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        # What a daemon printed could not be understood: that says nothing about the daemon.
        return Reading(probe.component, probe.name, Status.UNKNOWN, f"unreadable answer: {output.text[:100]!r}")
    return Reading(probe.component, probe.name, status, text, facts)


def unknown(probes: tuple[Probe, ...], why: str) -> tuple[Reading, ...]:
    return tuple(Reading(probe.component, probe.name, Status.UNKNOWN, why) for probe in probes)
