"""`[web]`: limits of the web servers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NginxOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    max_body: str = Field("16m", pattern=r"^\d+[kmg]?$", description="largest request body, as nginx writes sizes")
    timeout: int = Field(60, ge=1, le=3600, description="seconds an application may take to answer")
