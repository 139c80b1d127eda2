"""`[balance]`: how the edge spreads requests and what it refuses."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Algorithm = Literal["roundrobin", "leastconn", "random", "source", "uri", "first"]


class HaproxyOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Algorithm = Field("roundrobin", description="how the balancers choose a web server")
    sticky: bool = Field(False, description="keep a visitor on one web server, by a cookie")
    rate: int = Field(500, ge=0, description="requests from one address in 10 s before it gets 429; 0: no limit")
    connections: int = Field(200, ge=0, description="open connections from one address before it gets 429; 0: no limit")
    trusted: tuple[str, ...] = Field((), description="networks that the limits do not count (a proxy before the site)")
