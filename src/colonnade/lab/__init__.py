"""Debian machines on this computer: systemd-nspawn on layers over one image, joined by a bridge."""

from colonnade.lab.host import Say
from colonnade.lab.lab import cut, down, exists, heal, ps, running_strangers, start, stop, up
from colonnade.lab.spec import LabSpec, MachineState

__all__ = [
    "LabSpec",
    "MachineState",
    "Say",
    "cut",
    "down",
    "exists",
    "heal",
    "ps",
    "running_strangers",
    "start",
    "stop",
    "up",
]
