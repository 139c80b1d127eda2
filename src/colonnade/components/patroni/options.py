"""`[postgres]`: durability and settings of the database cluster."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Durability = Literal["none", "sync", "quorum"]


class PatroniOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    durability: Durability = Field(
        default="quorum",
        description="none: a commit may be lost with its primary; sync: one named standby has it; quorum: any one",
    )
    fast_failover: bool = Field(
        default=False,
        description="replace a primary whose server is lost within seconds, not when its lease of 20 s ends",
    )
    frozen_after: int = Field(
        default=15,
        ge=3,
        le=3600,
        description="seconds without a commit after which a primary that stands still is replaced",
    )
    settings: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="postgresql.conf parameters that replace the tuned ones"
    )

    @model_validator(mode="after")
    def _needs_copies(self) -> Self:
        if self.fast_failover and self.durability == "none":
            raise ValueError('fast_failover needs durability "quorum" or "sync"')
        return self
