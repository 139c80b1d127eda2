"""Environments: overlays by name, and the lab, which takes its addresses from a network on this computer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.errors import Exit, UserError
from colonnade.model.site import Access, Server, Site
from colonnade.spec.document import Document, read

LAB = "lab"
PRODUCTION = "production"
"""What the spec without an overlay is called."""

SEATS = "addresses.json"
FIRST_SERVER, MOST_SERVERS = 11, 200
FIRST_VIP, MOST_VIPS = 240, 15
LAB_MEMORY = 768 << 20
"""Bytes for a lab server: every role at once still fits, and ten of them fit into an ordinary computer."""


@dataclass(frozen=True, slots=True)
class LabNetwork:
    """A lab's own bridge and /24 on this computer."""

    prefix: str
    """The first three numbers of its addresses."""
    bridge: str
    """Interface name; the kernel takes at most 15 characters."""

    @property
    def gateway(self) -> str:
        """The operator's address on the bridge."""
        return f"{self.prefix}.1"

    def server(self, i: int) -> str:
        """The address of the i-th server, from 0. Raises UserError when the network is full."""
        return self._address(i, FIRST_SERVER, MOST_SERVERS, "servers")

    def vip(self, j: int) -> str:
        """The j-th virtual address, from 0. Raises UserError when the network is full."""
        return self._address(j, FIRST_VIP, MOST_VIPS, "virtual addresses")

    def _address(self, i: int, first: int, most: int, what: str) -> str:
        if i >= most:
            raise UserError("lab", f"a lab has room for {most} {what} and no more", "take a smaller spec to the lab")
        return f"{self.prefix}.{first + i}"


def lab_network(name: str) -> LabNetwork:
    """The network of the site's lab: the same for the same name, most likely another for another one."""
    digest = hashlib.sha256(name.encode()).digest()
    return LabNetwork(f"10.{64 + digest[0] % 64}.{digest[1]}", f"cn-{digest[2:5].hex()}")


def document(path: Path, environment: str | None, drafts: Mapping[str, str]) -> Document:
    """The spec with the environment's overlay laid over it. Raises UserError for an unknown environment.

    `drafts` hold, by file name, texts that are read in place of what the files have.
    """
    base = read(path, drafts)
    if environment is None:
        return base
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment) or environment == PRODUCTION:
        hint = "leave -e out for production; other names are lower-case letters, digits and hyphens"
        raise UserError("", f"no environment can be called {environment!r}", hint, exit_code=Exit.USAGE)
    overlay = path.with_name(f"{path.stem}.{environment}.toml")
    if environment == LAB and not overlay.exists():
        return base
    return base.under(_overlay(path, overlay, drafts))


def _overlay(path: Path, overlay: Path, drafts: Mapping[str, str]) -> Document:
    if overlay.exists():
        return read(overlay, drafts)
    there = [found.name.split(".")[-2] for found in path.parent.glob(f"{path.stem}.*.toml")]
    known = ", ".join(sorted({*there, LAB}))
    hint = f"write it beside {path.name}, or use -e with one of: {known}"
    raise UserError(overlay.name, "there is no such file", hint)


def to_lab(site: Site, state: Path) -> Site:
    """The site on this computer: lab addresses, the lab's own key, everything else as it is."""
    network = lab_network(site.name)
    operator = f"{network.gateway}/32"
    seats = lab_seats(state, (server.name for server in site.servers))
    return replace(
        site,
        vips=tuple(replace(vip, address=network.vip(j)) for j, vip in enumerate(site.vips)),
        servers=tuple(_in_lab(server, network.server(seats[server.name])) for server in site.servers),
        operators=(operator,),
        access=Access(user="root", key=state / "id_ed25519", known_hosts=state / "known_hosts"),
        options=tuple(_trusting(options, operator) for options in site.options),
    )


def lab_seats(state: Path, names: Iterable[str]) -> dict[str, int]:
    """Each name's place in the lab's network. A name keeps its own: a server that comes or goes moves no other one."""
    try:
        seats: dict[str, int] = json.loads((state / SEATS).read_text())
    except (OSError, ValueError):
        seats = {}
    free = iter(sorted(set(range(len(seats) + MOST_SERVERS + 1)).difference(seats.values())))
    for name in names:
        if name not in seats:
            seats[name] = next(free)
    return seats


def remember_lab_seats(state: Path, site: Site) -> None:
    """Until the lab is taken down."""
    seats = json.dumps(lab_seats(state, (server.name for server in site.servers)), indent=1)
    file = state / SEATS
    if not file.exists() or file.read_text() != seats:
        state.mkdir(parents=True, exist_ok=True)
        file.write_text(seats)


def forget_lab_seats(state: Path) -> None:
    (state / SEATS).unlink(missing_ok=True)


def _in_lab(server: Server, address: str) -> Server:
    return replace(server, address=address, ssh=None, memory=server.memory or LAB_MEMORY)


def _trusting(options: object, network: str) -> object:
    if not isinstance(options, HaproxyOptions):
        return options
    return options.model_copy(update={"trusted": (*options.trusted, network)})
