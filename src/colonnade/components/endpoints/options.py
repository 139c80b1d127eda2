"""`[endpoints]`: the local addresses that applications use."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EndpointsOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    replica_lag: str = Field("1MB", pattern=r"^\d+(kB|MB|GB)$", description="a replica further behind serves no reads")
