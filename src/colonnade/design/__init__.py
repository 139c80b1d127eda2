"""Spec to Design: what must be on every server. Pure: the same site, secrets and facts give the same design."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from colonnade.components import discover
from colonnade.design.order import phases
from colonnade.design.watching import rules, watched
from colonnade.design.weakness import weaknesses
from colonnade.model.component import Component
from colonnade.model.design import Design, ServerDesign
from colonnade.model.layout import Certificate, Facts, Layout, Listener, Offer, Reach
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit, User
from colonnade.model.site import Server, Site
from colonnade.model.vault import Vault

Kind = TypeVar("Kind", Listener, Certificate, Reach)

# The order in which kinds of resources come on a server.
KINDS = (Package, User, Directory, File, Unit, Task)
RANKS: dict[type[Resource], int] = {kind: rank for rank, kind in enumerate(KINDS)}


def lay_out(site: Site, vault: Vault, facts: Mapping[str, Facts]) -> Layout:
    """Pass 1: every component's offers, for every server that has it."""
    offers = [
        offer
        for server in site.servers
        for component in discover().values()
        if component.on(server)
        for offer in component.listen(site, server)
    ]
    offered = Layout(site, vault, facts, _only(Listener, offers), _only(Certificate, offers), _only(Reach, offers))
    known = tuple(discover().values())
    return replace(offered, watched=watched(offered, known), rules=rules(offered, known))


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """All that a design makes is kept, so a search for garbage in it finds none and costs a seventh of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_nothing_to_collect()
def design(site: Site, vault: Vault, facts: Mapping[str, Facts]) -> Design:
    """Both passes. Servers without facts are designed for a small machine until they are measured."""
    layout = lay_out(site, vault, facts)
    order = phases(discover())
    ranked = [discover()[name] for phase in order for name in phase]
    servers = {server.name: _server(layout, server, ranked) for server in site.servers}
    return Design(layout, servers, order, weaknesses(site, discover().values()))


def _server(layout: Layout, server: Server, ranked: Iterable[Component]) -> ServerDesign:
    return ServerDesign(
        server,
        tuple((c.name, _sorted(c.resources(layout, server))) for c in ranked if c.on(server)),
    )


def _sorted(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """By kind, then by path or name; units and tasks keep the order in which the component stated them."""
    return tuple(sorted(resources, key=_rank))


def _rank(resource: Resource) -> tuple[int, str]:
    match resource:
        case Unit() | Task():
            name = ""
        case Directory() | File():
            name = resource.path
        case _:
            name = resource.name
    return RANKS[type(resource)], name


def _only(kind: type[Kind], offers: Iterable[Offer]) -> tuple[Kind, ...]:
    return tuple(offer for offer in offers if isinstance(offer, kind))
