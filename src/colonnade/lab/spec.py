"""What a lab is: its machines, their network, and where each keeps its files."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import Exit, UserError

LABS = Path("/var/lib/colonnade/lab")


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of one lab; everything it has on this computer is named here."""

    site: str
    name: str
    address: str

    @property
    def id(self) -> str:
        """systemd-nspawn's name for it: 10 characters, for it mangles the link's name beyond 11."""
        return "c" + hashlib.sha256(f"{self.site}/{self.name}".encode()).hexdigest()[:9]

    @property
    def link(self) -> str:
        """Its cable, at this computer's end."""
        return f"vb-{self.id}"

    @property
    def folder(self) -> Path:
        return site_folder(self.site) / self.name

    @property
    def root(self) -> Path:
        """Its file system, while mounted."""
        return self.folder / "root"

    @property
    def upper(self) -> Path:
        """What it has written itself; the rest is the image."""
        return self.folder / "upper"

    @property
    def work(self) -> Path:
        """What overlayfs needs beside it, on the same file system."""
        return self.folder / "work"

    @property
    def log(self) -> Path:
        return self.folder / "machine.log"


@dataclass(frozen=True)
class LabSpec:
    """A site's servers as machines of this computer."""

    site: str
    bridge: str
    """The network's name, at most 15 characters."""
    gateway: str
    """This computer's address in the network, a /24."""
    machines: tuple[tuple[str, str], ...]
    """Server names and addresses."""
    packages: tuple[str, ...]
    """Debian packages the image holds."""
    state: Path
    """Folder of the operator's key and known hosts."""

    @property
    def all(self) -> tuple[Machine, ...]:
        return tuple(Machine(self.site, name, address) for name, address in self.machines)

    def named(self, name: str) -> Machine:
        """Raises UserError, with the nearest name, when the lab has no such machine."""
        found = next((machine for machine in self.all if machine.name == name), None)
        if found is None:
            names = [machine.name for machine in self.all]
            near = difflib.get_close_matches(name, names, 1) or [", ".join(names)]
            raise UserError(name, "the lab has no such machine", near[0], exit_code=Exit.USAGE)
        return found

    @property
    def key(self) -> Path:
        """The operator's private key."""
        return self.state / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"


@dataclass(frozen=True, slots=True)
class MachineState:
    """What a machine is doing."""

    name: str
    address: str
    state: str
    """running; cut: running with its link down; stopped; absent: never made."""
    memory: int = 0
    """Bytes of its processes, memory shared between machines divided among them."""
    uptime: float = 0.0
    """Seconds since its boot."""


def site_folder(site: str) -> Path:
    """Raises UserError when the name is no plain name: everything in this folder is deleted with the lab."""
    if not site or site.startswith(".") or "/" in site:
        raise UserError(site, "not a site's name", exit_code=Exit.USAGE)
    return LABS / site


def machines_on_disk(site: str) -> tuple[Machine, ...]:
    """Every machine the site has here, in the spec or not; their addresses are not known."""
    folder = site_folder(site)
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return tuple(Machine(site, name, "") for name in names)
