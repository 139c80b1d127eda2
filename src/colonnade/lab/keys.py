"""SSH keys of the operator and the machines, and the list by which each knows the other."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from colonnade.lab.spec import LabSpec, Machine

HOST_KEY = Path("etc/ssh/ssh_host_ed25519_key")
"""Where sshd looks for it, from the machine's root."""


def public(private: Path) -> Path:
    return private.with_name(private.name + ".pub")


def operator_key(spec: LabSpec) -> str:
    """The operator's public key, the pair made first when there is none. One key serves all machines of the lab."""
    if not (spec.key.exists() and public(spec.key).exists()):
        _make_folder(spec.state)
        _generate(spec.key)
        _share(spec.key)
        _share(public(spec.key))
    return public(spec.key).read_text().strip()


def ensure_host_key(root: Path) -> None:
    """A machine's own key, made at its birth and kept as long as its disk."""
    if not public(root / HOST_KEY).exists():
        _generate(root / HOST_KEY)


def write_known_hosts(spec: LabSpec) -> None:
    """One line per machine that has a key, read from its disk."""
    lines = [f"{m.address} {public(m.upper / HOST_KEY).read_text().strip()}\n" for m in _with_key(spec.all)]
    replace(spec.known_hosts, "".join(lines), 0o644)
    _share(spec.known_hosts)


def replace(path: Path, text: str, mode: int) -> None:
    """Writes a file beside and renames it: whoever reads sees the old or the new one, whole."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    Path(beside).rename(path)


def _with_key(machines: Iterable[Machine]) -> Iterable[Machine]:
    return (machine for machine in machines if public(machine.upper / HOST_KEY).exists())


def _generate(private: Path) -> None:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    replace(private, secret.decode(), 0o600)
    replace(public(private), shown.decode() + "\n", 0o644)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir()
        _share(folder)


def _share(path: Path) -> None:
    """The lab runs under sudo; its key belongs to whoever owns the project, so that the rest needs no sudo."""
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
