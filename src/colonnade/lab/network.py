"""The lab's network: one bridge carrying the operator's address, and each machine's link on it."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

from colonnade.errors import UserError
from colonnade.lab import host
from colonnade.lab.spec import LabSpec, Machine

PREFIX = 24
IFF_UP = 0x1


def ensure_bridge(spec: LabSpec, say: host.Say) -> None:
    """The bridge, up, with the operator's address. Raises UserError when another interface has that network."""
    _refuse_taken(spec)
    if not exists(spec.bridge):
        # Its own link address: a bridge without one borrows a machine's, and changes it when that machine leaves.
        host.run(
            "ip", "link", "add", spec.bridge, "address", _link_address(spec), "type", "bridge", "forward_delay", "0"
        )
    _set_address(spec)
    host.run("ip", "link", "set", spec.bridge, "up")
    if _filtered():
        say(f"{spec.bridge}: this computer filters bridged packets (Docker does that); should the machines not reach")
        say(f"each other: iptables -I FORWARD -i {spec.bridge} -o {spec.bridge} -j ACCEPT")


def remove(link: str) -> None:
    """Deletes a link or bridge if it is there."""
    if exists(link):
        host.attempt("ip", "link", "delete", link)


def exists(link: str) -> bool:
    try:
        return bool(socket.if_nametoindex(link))
    except OSError:
        return False


def is_up(link: str) -> bool:
    """Whether the link is switched on; a link that is gone is not."""
    try:
        return bool(int(Path(f"/sys/class/net/{link}/flags").read_text(), 16) & IFF_UP)
    except OSError:
        return False


def plug(machine: Machine, bridge: str) -> None:
    """Plugs the machine's cable into the bridge."""
    host.run("ip", "link", "set", machine.link, "master", bridge, "up")


def pull(machine: Machine) -> None:
    """Pulls the machine's cable; nothing else happens to the machine."""
    host.run("ip", "link", "set", machine.link, "down")


def forget(machine: Machine) -> None:
    """Returns when the link is gone. The kernel removes it some time after the machine; a new one would collide."""
    deadline = time.monotonic() + 5
    pause = 0.005
    while exists(machine.link):
        if time.monotonic() > deadline:
            return remove(machine.link)
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
    return None


def forget_neighbour(machine: Machine, bridge: str) -> None:
    """This computer remembers for up to a minute which machine had an address before."""
    host.attempt("ip", "neighbour", "flush", "dev", bridge, "to", machine.address)


def _refuse_taken(spec: LabSpec) -> None:
    wanted = IPv4Interface(f"{spec.gateway}/{PREFIX}").network
    for interface in json.loads(host.run("ip", "-json", "address", "show")):
        taken = [address for address in _addresses(interface) if address.network.overlaps(wanted)]
        if taken and interface["ifname"] != spec.bridge:
            problem = f"the lab's network {wanted} is in use by {interface['ifname']} ({taken[0]})"
            raise UserError(spec.bridge, problem, "take that interface down, or give the lab another network")


def _addresses(interface: dict[str, Any]) -> list[IPv4Interface]:
    infos = [info for info in interface.get("addr_info", ()) if info.get("family") == "inet"]
    return [IPv4Interface(f"{info['local']}/{info['prefixlen']}") for info in infos]


def _set_address(spec: LabSpec) -> None:
    """The operator's address and no other: the lab's network may have changed."""
    wanted = IPv4Interface(f"{spec.gateway}/{PREFIX}")
    (bridge,) = json.loads(host.run("ip", "-json", "address", "show", "dev", spec.bridge))
    present = _addresses(bridge)
    if present != [wanted]:
        host.run("ip", "address", "flush", "dev", spec.bridge)
        host.run("ip", "address", "add", str(wanted), "dev", spec.bridge)


def _filtered() -> bool:
    """Docker makes this computer drop what it would forward, and bridged packets count as forwarded."""
    switch = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    counted = switch.exists() and switch.read_text().strip() == "1"
    return counted and "policy drop" in host.attempt("nft", "list", "chain", "ip", "filter", "FORWARD").stdout


def _link_address(spec: LabSpec) -> str:
    """Stable, and locally administered (02)."""
    return "02:" + hashlib.sha256(spec.bridge.encode()).digest()[:5].hex(":")
