"""Every fault that can be made of a site, from its components."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components import discover
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout
from colonnade.model.site import Server

# As a kernel that panics: no process hears of it, nothing is flushed.
REBOOT = "echo 1 >/proc/sys/kernel/sysrq && echo b >/proc/sysrq-trigger"
CAN_REBOOT = (
    "! systemd-detect-virt --quiet --container && [ -w /proc/sysrq-trigger ] || "
    "{ echo 'a container has no kernel of its own'; false; }"
)


def offered(layout: Layout) -> tuple[Fault, ...]:
    """Of every component on every server that has it, in the order of the spec."""
    return tuple(fault for server in layout.site.servers for fault in _on(layout, server))


def _on(layout: Layout, server: Server) -> Iterable[Fault]:
    for component in discover().values():
        if component.on(server):
            yield from component.faults(layout, server)


def reboots(servers: Iterable[Server]) -> tuple[Fault, ...]:
    """Each server lost without a word. It comes back when it has booted."""
    text = "its kernel is made to boot again at once"
    return tuple(
        Fault("server", "lose", server.name, text, REBOOT, "true", CAN_REBOOT, isolates=True) for server in servers
    )


def power_cuts(servers: Iterable[Server]) -> tuple[Fault, ...]:
    """Each server of a lab lost. Made on this computer, by in_lab.py; the commands say how by hand."""
    return tuple(_power_cut(server.name) for server in servers)


def _power_cut(name: str) -> Fault:
    stop, start = (f"colonnade lab {verb} {name}" for verb in ("stop", "start"))
    return Fault("server", "lose", name, "its power is cut", stop, start, isolates=True)
