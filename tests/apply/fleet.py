"""A fleet without connections, for code that asks servers through a function that a test replaces."""

from __future__ import annotations

from typing import Any, cast

from colonnade.model.design import Design
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


def fleet_of(design: Design) -> Fleet:
    nobody = cast(Any, None)
    return Fleet({name: Remote(server.server, nobody, sudo=False) for name, server in design.servers.items()})
