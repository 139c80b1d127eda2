"""Reads every server's Actual, and remembers what was measured for the day when one does not answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from colonnade.errors import UserError
from colonnade.model.actual import Actual, from_answer
from colonnade.model.layout import Facts
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


async def read(fleet: Fleet) -> tuple[dict[str, Actual], dict[str, UserError]]:
    """One round trip to each server."""

    async def one(remote: Remote) -> Actual:
        return from_answer(await ask(remote, "read", address=remote.server.address))

    actual, failed = await fleet.each(one)
    return actual, {**fleet.failures, **failed}


def known_facts(state: Path, actual: Mapping[str, Actual]) -> dict[str, Facts]:
    """What was measured now, and earlier for servers that did not answer."""
    file = state / "facts.json"
    try:
        remembered = {name: Facts(**values) for name, values in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError):
        remembered = {}
    facts = {**remembered, **{name: each.facts for name, each in actual.items()}}
    if facts != remembered:
        state.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({name: asdict(each) for name, each in sorted(facts.items())}, indent=1))
    return facts
