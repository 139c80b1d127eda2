"""Running this computer's own tools, and what the lab needs of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from colonnade.errors import UserError

Say = Callable[[str], None]
"""Takes one short line of progress."""

PACKAGE_OF = {"mmdebstrap": "mmdebstrap", "systemd-nspawn": "systemd-container", "ip": "iproute2", "mount": "mount"}
ADMIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(*argv: str) -> str:
    """Standard output of a command. Raises UserError with what it said when it fails."""
    done = attempt(*argv)
    if done.returncode:
        raise UserError(argv[0], f"failed: {' '.join(argv)}", detail=done.stderr or done.stdout)
    return done.stdout


def attempt(*argv: str) -> subprocess.CompletedProcess[str]:
    """A command whose failure is an answer; so is its absence."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, env=environment(), check=False)
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(argv, 127, "", str(error))


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment; a user's own PATH may lack sbin, where most of these tools live."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{ADMIN_PATH}", "LC_ALL": "C.UTF-8", **extra}


def require() -> None:
    """Raises UserError unless this computer can hold a lab: root, and the tools installed."""
    require_root()
    missing = sorted({package for tool, package in PACKAGE_OF.items() if not _found(tool)})
    if missing:
        hint = f"apt-get install {' '.join(missing)}"
        raise UserError("lab", f"this computer lacks {', '.join(missing)}", hint)


def require_root() -> None:
    if os.geteuid() != 0:
        raise UserError("lab", "the lab needs root: it starts machines and makes a network", "run it with sudo")


def require_space(folder: Path, wanted: int, purpose: str) -> None:
    """Raises UserError unless the disk holding `folder` has `wanted` bytes free."""
    free = shutil.disk_usage(_existing(folder)).free
    if free < wanted:
        problem = f"{purpose} needs {megabytes(wanted)} and only {megabytes(free)} are free"
        raise UserError(str(folder), problem, "free some space, or take another lab down")


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def fill_machine_id(root: Path = Path("/")) -> None:
    """Without an id of this computer, systemd-nspawn cannot name its links ("No medium found")."""
    path = root / "etc/machine-id"
    if not path.exists() or path.read_text().strip() in ("", "uninitialized"):
        run("systemd-machine-id-setup", f"--root={root}")


def tail(lines: Sequence[str], count: int = 12) -> str:
    return "\n".join(lines[-count:])


def _found(tool: str) -> bool:
    return shutil.which(tool, path=environment()["PATH"]) is not None


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
