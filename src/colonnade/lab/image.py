"""The one image all machines of a lab stand on: Debian 13 with every package installed and no daemon enabled."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from colonnade.errors import UserError
from colonnade.lab import host, mirror

CACHE = Path("/var/cache/colonnade/images")
SUITE = "trixie"
FILES = Path(__file__).parent / "files"
"""Files of every machine, at the paths they have there."""
BASE = ("ca-certificates", "dbus", "iproute2", "openssh-server", "procps", "python3", "systemd", "systemd-sysv")
"""No libpam-systemd: a login would start a session manager for root each time."""
MASKED = ("console-getty.service", "getty.target", "systemd-logind.service")
STAGES = ("I: running apt-get update", "I: downloading", "I: extracting", "I: installing", "I: cleaning")
"""What mmdebstrap says of its progress that a user wants to hear."""
RECIPE = 1
"""Raised when this module changes what an image is."""
SPACE = 2_000_000_000
"""Bytes: 1 GB of image, and as much again of archives while it is made."""
PART = ".part"
"""Ends the name of an image not whole yet, or no longer."""
KEPT = 2
"""Images kept although no machine stands on them: the current one and the one before an upgrade."""


def key(packages: Sequence[str]) -> str:
    """The name of the image holding these packages: same contents, same name."""
    digest = hashlib.sha256(f"{RECIPE} {SUITE} {BASE} {MASKED} {sorted(packages)}".encode())
    for path in sorted(p for p in FILES.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(FILES)} ".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def ensure(packages: Sequence[str], say: host.Say) -> Path:
    """The image's root folder, built first (a minute) when it is not in the cache.

    Raises UserError when the disk is full or the mirror fails.
    """
    image = CACHE / key(packages)
    if not image.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with _only_builder():
            if not image.is_dir():
                _build(image, packages, say)
    os.utime(image)
    return image


def prune(used: set[str]) -> None:
    """Deletes images that no machine stands on, but for the newest two; later, if one is being built just now."""
    with suppress(BlockingIOError), _only_builder(fcntl.LOCK_NB):
        for image in _newest_first()[KEPT:]:
            if image.name not in used:
                # Out of sight first: an interruption must not leave half an image under a good name.
                image.rename(image.with_suffix(PART))
        for part in CACHE.glob(f"*{PART}"):
            shutil.rmtree(part)


def _newest_first() -> list[Path]:
    images = (path for path in CACHE.iterdir() if path.is_dir() and path.suffix != PART)
    return sorted(images, key=lambda path: path.stat().st_mtime, reverse=True)


@contextmanager
def _only_builder(how: int = 0) -> Iterator[None]:
    """One build at a time on this computer: a second command waits and then finds the image made."""
    descriptor = os.open(CACHE, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)


def _build(image: Path, packages: Sequence[str], say: host.Say) -> None:
    host.require_space(CACHE, SPACE, "the machines' image")
    part = image.with_suffix(PART)
    shutil.rmtree(part, ignore_errors=True)
    began = time.monotonic()
    _mmdebstrap(part, packages, lambda line: say(f"image: {line} ({time.monotonic() - began:.0f} s)"))
    _finish(part)
    part.rename(image)
    say(f"image: ready ({time.monotonic() - began:.0f} s)")


def _mmdebstrap(part: Path, packages: Sequence[str], say: host.Say) -> None:
    lines: list[str] = []
    with subprocess.Popen(
        _command(part, packages), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=host.environment()
    ) as process:
        for line in process.stderr or ():
            lines.append(line.rstrip())
            if line.startswith(STAGES):
                say(line[3:].strip().rstrip("."))
    if process.returncode:
        shutil.rmtree(part, ignore_errors=True)
        hint = "check that this computer's own `apt-get update` works"
        raise UserError("image", "Debian could not be installed into the image", hint, detail=host.tail(lines))


def _command(part: Path, packages: Sequence[str]) -> list[str]:
    copy = f'cp -r --no-preserve=ownership,mode {shlex.quote(str(FILES))}/. "$1"'
    options = [
        "--variant=apt",
        f"--include={','.join(sorted({*BASE, *packages}))}",
        f"--essential-hook={copy}",
        '--customize-hook=chroot "$1" systemctl preset-all',
        f'--customize-hook=chroot "$1" systemctl mask {" ".join(MASKED)}',
        *(f"--aptopt={line}" for line in _apt_settings()),
    ]
    # In a mount namespace of its own: were it killed, what it mounts into the image would stay and be deleted with it.
    return [
        "unshare",
        "--mount",
        "mmdebstrap",
        *options,
        SUITE,
        str(part),
        *mirror.image_sources(mirror.host_sources(), SUITE),
    ]


def _apt_settings() -> list[str]:
    """This computer's proxy and certificates for apt, which mmdebstrap does not read by itself."""
    settings = host.run("apt-config", "dump", "Acquire::http", "Acquire::https").splitlines()
    return [line for line in settings if not line.endswith('"";')]


def _finish(part: Path) -> None:
    """Takes away what each machine must have of its own."""
    for path in (*part.glob("etc/ssh/ssh_host_*"), *part.glob("etc/apt/apt.conf.d/*mmdebstrap")):
        path.unlink()
    (part / "etc/hostname").unlink(missing_ok=True)
    (part / "etc/machine-id").write_text("")
    for folder in ("etc", "var"):
        # systemd would rebuild its caches at each machine's first boot: 0.1 s.
        (part / folder / ".updated").touch()
