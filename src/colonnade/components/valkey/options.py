"""`[cache]`: the shared cache."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ValkeyOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    max_memory: str | None = Field(None, pattern=r"^\d+(kb|mb|gb)$", description="a quarter of the server when not set")
    policy: Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"] = Field(
        "volatile-lru",
        description="what is dropped when memory is full; volatile: only what has an expiry, as sessions do",
    )
