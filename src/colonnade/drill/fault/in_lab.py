"""A machine of the lab loses its power, which only this computer can do, and gets it back.

Beside the drill a small process of its own waits and gives the power back should the drill be gone; a file in the
lab's state tells the next drill, should that process be gone too.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field

from colonnade import lab
from colonnade.drill.fault.made import Made, NotMade, Undone
from colonnade.drill.fault.waiter import ARMED, DISMISSED, record
from colonnade.errors import UserError
from colonnade.model.fault import Fault

WAITER = "colonnade.drill.fault.waiter"


@dataclass
class Power:
    """Of one lab's machines."""

    spec: lab.LabSpec
    waiters: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    async def cut(self, fault: Fault, within: float) -> Made | NotMade:
        """The machine is gone from the network when this returns. It starts again after `within` seconds."""
        states = await asyncio.to_thread(lab.ps, self.spec)
        state = next(each.state for each in states if each.name == fault.server)
        if state != "running":
            return NotMade(fault, f"the machine is {state}")
        self.waiters[fault.server] = await asyncio.to_thread(waiter, self.spec, fault.server, within)
        record(self.spec.state, fault.server).touch()
        at = time.monotonic()
        await asyncio.to_thread(lab.stop, self.spec, fault.server)
        return Made(fault, at, at + within)

    async def restore(self, made: Made) -> Undone:
        """The machine answers SSH when this returns. May be called again."""
        at = time.monotonic()
        await asyncio.to_thread(lab.start, self.spec, made.fault.server)
        itself = not record(self.spec.state, made.fault.server).exists()
        record(self.spec.state, made.fault.server).unlink(missing_ok=True)
        if waiting := self.waiters.pop(made.fault.server, None):
            await asyncio.to_thread(dismiss, waiting)
        return Undone(at, itself)


def waiter(spec: lab.LabSpec, name: str, seconds: float) -> subprocess.Popen[bytes]:
    """The process, once it is ready; it ends with its work, with a word of ours, or soon after we do."""
    process = subprocess.Popen(
        [sys.executable, "-m", WAITER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in a terminal goes to every process of its session.
        start_new_session=True,
    )
    assert process.stdin and process.stdout  # noqa: S101
    process.stdin.write(
        json.dumps({"spec": asdict(spec), "name": name, "seconds": seconds}, default=str).encode() + b"\n"
    )
    process.stdin.flush()
    if process.stdout.readline() != ARMED:
        process.kill()
        raise UserError(name, "the process that would give its power back did not start", detail=WAITER)
    return process


def dismiss(process: subprocess.Popen[bytes]) -> None:
    process.communicate(DISMISSED)


def restore_lost(spec: lab.LabSpec) -> tuple[str, ...]:
    """Starts the machines that a killed drill has left without power: their names."""
    names = sorted(path.name.removeprefix("lost-") for path in spec.state.glob("lost-*"))
    for name in names:
        if name in dict(spec.machines):
            lab.start(spec, name)
        record(spec.state, name).unlink(missing_ok=True)
    return tuple(names)
