"""`[monitor]`: how much the monitors keep."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PrometheusOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keep: str = Field(
        default="15d", pattern=r"^[1-9]\d{0,3}[dwy]$", description="how long numbers are kept, as 15d, 8w or 1y"
    )
    runbooks: str = Field(
        default="docs/runbooks",
        pattern=r"^[^\s\"]+[^/\s\"]$",
        examples=["https://wiki.example.com/runbooks"],
        description="where your copy of the pages in docs/runbooks is; every alert names its own",
    )
    disk: str = Field(
        default="2GB", pattern=r"^[1-9]\d{0,4}[MGT]B$", description="most disk they may take; the oldest go first"
    )
