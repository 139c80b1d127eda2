"""`[base]`: what every server gets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BaseOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    ntp: tuple[str, ...] = Field((), description="time servers; Debian's pool when empty")
    journal: str = Field("512M", pattern=r"^\d+[KMGT]$", description="most disk the journal may take")
    security_updates: bool = Field(True, description="install Debian's security updates every night")
