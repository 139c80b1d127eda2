"""Starting and stopping one machine."""

from __future__ import annotations

import asyncio
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import asyncssh

from colonnade.errors import UserError
from colonnade.lab import cgroups, host, network, processes
from colonnade.lab.spec import LabSpec, Machine

NSPAWN = Path("/run/systemd/nspawn")
PATIENCE = 90
"""Seconds until a machine that answers nobody is given up; ten at once on two cores take five."""


def is_running(machine: Machine) -> bool:
    return processes.find(machine, processes.table()) is not None


def boot(spec: LabSpec, machine: Machine) -> None:
    """Starts the machine on its mounted disk; returns when it answers SSH. Raises UserError when it does not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(f"\0colonnade-{machine.id}")
        network.forget_neighbour(machine, spec.bridge)
        _spawn(spec, machine)
        _await_boot(spec, machine, ready)
    await_login(spec, machine)


def await_login(spec: LabSpec, machine: Machine) -> None:
    """Returns when the running machine answers SSH. Raises UserError, with its log, when it does not."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.2
    while not answers(spec, machine):
        if not is_running(machine) or time.monotonic() > deadline:
            raise _silent(machine)
        time.sleep(pause)
        pause = min(2 * pause, 2)


def halt(machine: Machine) -> None:
    """As when a server loses its power: no process gets to say goodbye. Returns when machine and link are gone."""
    if network.exists(machine.link):
        network.pull(machine)
    _kill_init(machine)
    _kill_rest(machine)
    _sweep(machine)
    network.forget(machine)
    cgroups.remove(machine)


def _kill_init(machine: Machine) -> None:
    """All its processes die with it; systemd-nspawn then tidies up and ends."""
    running = processes.find(machine, processes.table())
    if running and running.init:
        processes.kill(running.init, signal.SIGKILL)
        processes.wait_gone(running.nspawn or running.init, 5)


def _kill_rest(machine: Machine) -> None:
    """What a half-started or half-stopped machine may have left."""
    running = processes.find(machine, processes.table())
    for pid in running.members if running else ():
        processes.kill(pid, signal.SIGKILL)
        processes.wait_gone(pid, 5)


def _sweep(machine: Machine) -> None:
    """What a systemd-nspawn that was killed itself leaves mounted; it would refuse to start beside that."""
    for folder in NSPAWN.glob(f"*/{machine.id}"):
        if folder.is_mount():
            host.run("umount", "--lazy", str(folder))
        shutil.rmtree(folder, ignore_errors=True)


def answers(spec: LabSpec, machine: Machine) -> bool:
    """Logs in and out. Never less: sshd shuts out an address that keeps connecting without logging in."""
    return asyncio.run(_login(spec, machine))


async def _login(spec: LabSpec, machine: Machine) -> bool:
    try:
        async with asyncssh.connect(
            machine.address,
            username="root",
            client_keys=[str(spec.key)],
            known_hosts=str(spec.known_hosts),
            config=None,
            agent_path=None,
            connect_timeout=2,
            login_timeout=10,
        ):
            return True
    except (OSError, asyncssh.Error, TimeoutError):
        return False


def _await_boot(spec: LabSpec, machine: Machine, ready: socket.socket) -> None:
    """The machine says when its boot is complete. A service that takes long to start delays that, but not SSH."""
    deadline = time.monotonic() + PATIENCE
    while not _says_ready(ready) and not answers(spec, machine):
        if not is_running(machine) or time.monotonic() > deadline:
            raise _silent(machine)


def _says_ready(ready: socket.socket) -> bool:
    """Whether it does so within three seconds; among other messages, such as how long a service keeps it waiting."""
    deadline = time.monotonic() + 3
    while (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([ready], [], [], left)
        if readable and b"READY=1" in ready.recv(4096).split(b"\n"):
            return True
    return False


def _spawn(spec: LabSpec, machine: Machine) -> None:
    """In a session of its own, so that it outlives this command."""
    command = ["setsid", "--fork", *cgroups.enter(machine), *_nspawn(spec, machine)]
    environment = host.environment(NOTIFY_SOCKET=f"@colonnade-{machine.id}")
    with machine.log.open("wb") as log:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment, check=True)


def _nspawn(spec: LabSpec, machine: Machine) -> list[str]:
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        f"--directory={machine.root}",
        f"--machine={machine.id}",
        f"--network-bridge={spec.bridge}",
        "--notify-ready=yes",
        "--register=no",
        "--keep-unit",
        "--link-journal=no",
        "--console=pipe",
        "--resolv-conf=off",
        "--timezone=off",
        "--capability=CAP_NET_ADMIN",
    ]


def _silent(machine: Machine) -> UserError:
    lines = machine.log.read_text(errors="replace").splitlines() if machine.log.exists() else []
    return UserError(machine.name, "the machine did not start", f"see {machine.log}", detail=host.tail(lines))
