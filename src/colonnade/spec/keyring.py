"""The operator's age key, which opens the secrets files of all of the operator's sites."""

from __future__ import annotations

import stat
from pathlib import Path

from platformdirs import user_config_path
from pyrage import IdentityError, x25519

from colonnade.errors import UserError
from colonnade.spec.files import create, private_folder

BEGINNING = "AGE-SECRET-KEY-"


def key_path() -> Path:
    """Where the key stands, in age's own form: `age -d -i` reads it."""
    return user_config_path("colonnade") / "key.txt"


def made_identity() -> x25519.Identity:
    """The key, made now when there is none. Raises UserError like `identity`."""
    path = key_path()
    if not path.exists():
        private_folder(path.parent)
        made = x25519.Identity.generate()
        create(path, f"# public key: {made.to_public()}\n{made}\n".encode())
    return identity()


def identity() -> x25519.Identity:
    """The key. Raises UserError when it cannot be read, is damaged, or is open to others."""
    path = key_path()
    try:
        return x25519.Identity.from_str(_line(path))
    except OSError as error:
        raise UserError(str(path), f"cannot be read: {error.strerror}", "restore the key, or its mode (0600)") from None
    except IdentityError:
        hint = f"restore it from your copy: one line begins with {BEGINNING}"
        raise UserError(str(path), "this is no age key", hint) from None


def _line(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UserError(str(path), f"others may use this key (mode {mode:04o})", f"chmod 600 {path}")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in lines if line.startswith(BEGINNING)), "")
