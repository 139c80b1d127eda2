"""A machine's disk: its own layer over the shared image, and the few files that make it this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab import host, image, keys, volume
from colonnade.lab.network import PREFIX
from colonnade.lab.spec import LABS, Machine

SPACE = 200_000_000
"""Bytes a machine is given room for: its logs, its database, the application."""
NETWORK = Path("etc/systemd/network/10-colonnade-lab.network")


def create(machine: Machine, lower: Path) -> None:
    """The machine's folder, standing on an image. Raises UserError when it stands on another one already."""
    if exists(machine) and _image(machine) != lower:
        raise UserError(
            machine.name,
            "the machine was made with other packages than the lab has now",
            "`colonnade lab down` deletes the lab's machines, `colonnade lab up` then makes new ones",
        )
    machine.root.mkdir(parents=True, exist_ok=True)
    volume.create(machine)
    _record(machine).write_text(lower.name)


def mount(machine: Machine) -> None:
    """Puts the machine's layer over the image it was made from. Raises UserError when the kernel refuses."""
    if machine.root.is_mount():
        return
    volume.mount(machine)
    layers = f"lowerdir={_image(machine)},upperdir={machine.upper.resolve()},workdir={machine.work.resolve()}"
    done = host.attempt("mount", "-t", "overlay", "overlay", "-o", layers, str(machine.root))
    if done.returncode:
        hint = f"{LABS} must be on an ordinary file system such as ext4 or xfs, not itself an overlay"
        raise UserError(machine.name, "its disk could not be mounted", hint, detail=done.stderr)


def identify(machine: Machine, operator: str) -> bool:
    """Makes the mounted disk this machine's and lets the operator in; whether its address changed.

    Names and keys are written once, at birth: afterwards the machine's files are its administrator's.
    """
    root = machine.root
    if not (machine.upper / "etc/hostname").exists():
        (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{machine.address} {machine.name}\n")
        keys.replace(root / "etc/hostname", f"{machine.name}\n", 0o644)
    keys.ensure_host_key(root)
    _authorize(root / "root/.ssh", operator)
    return _set_address(machine)


def unmount(machine: Machine) -> None:
    while machine.root.is_mount():
        if host.attempt("umount", str(machine.root)).returncode:
            host.run("umount", "--lazy", str(machine.root))
    volume.unmount(machine)


def delete(machine: Machine) -> None:
    """The machine's whole folder; its disk is lost."""
    unmount(machine)
    shutil.rmtree(machine.folder)


def exists(machine: Machine) -> bool:
    return _record(machine).exists()


def images_used() -> set[str]:
    """Keys of the images that machines of any lab stand on."""
    return {record.read_text() for record in LABS.glob("*/*/image")}


def _record(machine: Machine) -> Path:
    return machine.folder / "image"


def _image(machine: Machine) -> Path:
    return image.CACHE / _record(machine).read_text()


def _authorize(folder: Path, operator: str) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    keys_file = folder / "authorized_keys"
    present = keys_file.read_text() if keys_file.exists() else ""
    if operator not in present.splitlines():
        keys.replace(keys_file, f"{present}{operator}\n", 0o600)


def _set_address(machine: Machine) -> bool:
    path = machine.root / NETWORK
    wanted = _network(machine)
    if path.exists() and path.read_text() == wanted:
        return False
    keys.replace(path, wanted, 0o644)
    return True


def _network(machine: Machine) -> str:
    """The address stays while the cable is out, as it does with ifupdown on a real server."""
    lines = [
        "[Match]",
        "Name=host0",
        "[Network]",
        f"Address={machine.address}/{PREFIX}",
        "ConfigureWithoutCarrier=yes",
        "LinkLocalAddressing=no",
        "IPv6AcceptRA=no",
    ]
    return "\n".join([*lines, ""])
