"""`[postgres]`: durability and settings of the database cluster."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Durability = Literal["none", "sync", "quorum"]


class PatroniOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    durability: Durability = Field(
        "quorum",
        description="none: a commit may be lost with its primary; sync: one named standby has it; quorum: any one",
    )
    settings: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="postgresql.conf parameters that replace the tuned ones"
    )
