"""What the environment says: addresses, the key, who is serving."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    primary_url: str = field(repr=False)
    replica_url: str = field(repr=False)
    """May be behind the primary by what is still on its way."""
    valkey_url: str = field(repr=False)
    key: bytes = field(repr=False)
    worker: str
    release: str
    dev_static: bool
    """Serve /static/ here: only when run by hand, without nginx."""
    server: str = field(default_factory=socket.gethostname)


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Fails at once, with the variable's name, when one is missing."""
    primary = env["DATABASE_URL"]
    return Settings(
        primary_url=primary,
        replica_url=env.get("DATABASE_REPLICA_URL", primary),
        valkey_url=env["VALKEY_URL"],
        key=env["SECRET_KEY"].encode(),
        worker=env.get("COLONNADE_WORKER", "?"),
        release=env.get("COLONNADE_RELEASE", "dev"),
        dev_static=env.get("DEV_STATIC") == "1",
    )
