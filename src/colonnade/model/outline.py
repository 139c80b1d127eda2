"""What the page must know of a site: names, addresses, roles, how much each tier needs. Fits in a small JSON file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from colonnade.model.component import Component, Tier
from colonnade.model.site import Role, Server, Site


@dataclass(frozen=True, slots=True)
class Place:
    """One server."""

    name: str
    address: str
    roles: tuple[str, ...]
    backup: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """A tier in numbers: its members are those servers on which the component should be well."""

    tier: str
    component: str
    members: tuple[str, ...]
    needed: int
    essential: bool


@dataclass(frozen=True, slots=True)
class Outline:
    name: str
    domain: str
    addresses: tuple[str, ...]
    servers: tuple[Place, ...]
    tiers: tuple[Needs, ...]

    def having(self, role: Role) -> tuple[Place, ...]:
        return tuple(server for server in self.servers if role in server.roles)

    def standing(self, well: Mapping[str, Iterable[str]]) -> tuple[Tier, ...]:
        """The tiers, with these servers well by component."""
        return tuple(_tier(needs, frozenset(well.get(needs.component, ()))) for needs in self.tiers)


def outline(site: Site, components: Iterable[Component]) -> Outline:
    """Tiers in the order in which a request meets them."""
    ordered = sorted(components, key=lambda each: min((list(Role).index(role) for role in each.roles), default=0))
    needs = tuple(found for each in ordered if (found := _needs(site, each)))
    addresses = tuple(vip.address for vip in site.vips)
    return Outline(site.name, site.domain, addresses, tuple(_place(server) for server in site.servers), needs)


def as_json(each: Outline) -> dict[str, Any]:
    return asdict(each)


def from_json(told: Mapping[str, Any]) -> Outline:
    return Outline(
        told["name"],
        told["domain"],
        tuple(told["addresses"]),
        tuple(Place(**{**each, "roles": tuple(each["roles"])}) for each in told["servers"]),
        tuple(Needs(**{**each, "members": tuple(each["members"])}) for each in told["tiers"]),
    )


def _place(server: Server) -> Place:
    roles = tuple(str(role) for role in Role if role in server.roles)
    return Place(server.name, server.address, roles, server.backup)


def _needs(site: Site, component: Component) -> Needs | None:
    """How many a tier needs is what it has, without those it can lose."""
    if component.survives is None:
        return None
    members = tuple(server.name for server in site.servers if component.on(server))
    whole = component.survives(site, frozenset(members))
    if whole is None or not whole.total:
        return None
    return Needs(whole.name, component.name, members, whole.alive - whole.can_lose, whole.essential)


def _tier(needs: Needs, well: frozenset[str]) -> Tier:
    alive = len(well.intersection(needs.members))
    return Tier(
        needs.tier,
        alive >= needs.needed,
        max(0, alive - needs.needed),
        len(needs.members),
        alive,
        needs.essential,
    )
