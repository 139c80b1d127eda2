"""Sizes that several components must agree on."""

from __future__ import annotations

from functools import lru_cache

from colonnade.model.layout import Layout
from colonnade.model.site import Role

MB = 1 << 20


@lru_cache(maxsize=16)
def database_connections(layout: Layout) -> int:
    """PostgreSQL's max_connections: about 10 MB for each backend, a quarter of the smallest server, 50 to 400."""
    smallest = min((layout.size(server).memory for server in layout.having(Role.DB)), default=0)
    return max(50, min(400, smallest // (40 * MB) // 10 * 10))
