"""What the site promises its visitors, and alerts when it uses up its errors too fast. Nothing stands on a server."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.slo.alerts import alerts
from colonnade.components.slo.options import SloOptions
from colonnade.model.component import Component
from colonnade.model.layout import Layout
from colonnade.model.resources import Resource
from colonnade.model.site import Role, Server


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    return ()


COMPONENT = Component(
    name="slo",
    section="slo",
    options=SloOptions,
    roles=frozenset({Role.MONITOR}),
    resources=resources,
    alerts=alerts,
)
