"""Reads every server's Actual."""

from __future__ import annotations

from colonnade.errors import UserError
from colonnade.model.actual import Actual, from_answer
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


async def read(fleet: Fleet) -> tuple[dict[str, Actual], dict[str, UserError]]:
    """One round trip to each server."""

    async def one(remote: Remote) -> Actual:
        return from_answer(await ask(remote, "read", address=remote.server.address))

    actual, failed = await fleet.each(one)
    return actual, {**fleet.failures, **failed}
