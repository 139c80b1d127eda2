"""`[firewall]`: what servers may reach outside the site."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PortRule = Annotated[str, Field(pattern=r"^\d{1,5}/(tcp|udp)$")]


class NftablesOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    egress: tuple[PortRule, ...] = Field(
        (), description='ports outside the site that servers may open besides DNS, NTP and HTTP(S), as "587/tcp"'
    )
