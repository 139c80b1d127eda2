"""Stays while the operator's dashboard is open: a beat twice a second, and answers to what it is asked.

A beat costs no process: it reads one file and asks HAProxy's sockets. Probes start processes, so they run when asked.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

from colonnade.onhost.host import shell

# Twice within the time after which the operator calls a server silent.
BEAT = 0.5
# An operator that watches asks every few seconds; one whose link is gone must not be beaten to until TCP notices.
SILENCE = 30.0
# HAProxy's answer is on this server; what does not come within this time tells nothing any more.
PATIENCE = 1.0
LONGEST = 8 << 20
"""Bytes of an answer that are read."""
# Of the whole machine, also where it is a container: cgroups version 2, and version 1 in nanoseconds.
CPU, CPU_1 = "/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpuacct/cpuacct.usage"
STANDARD_INPUT = 0


class Watch:
    """`commands` are probes, `sockets` pairs of a unix socket and what to ask there in every second beat."""

    def __init__(self, request: dict) -> None:  # type: ignore[type-arg]
        self.commands = request["commands"]
        self.sockets = request["sockets"]
        self.timeout = request["timeout"]
        self.pool = ThreadPoolExecutor(max_workers=len(self.commands) + 4)
        self.lock = Lock()
        self.received = b""
        self.heard = time.monotonic()

    def run(self) -> None:
        beats, due = 0, time.monotonic()
        while time.monotonic() - self.heard < SILENCE:
            if due <= time.monotonic():
                self.beat(beats % 2 == 0)
                beats, due = beats + 1, max(due + BEAT, time.monotonic())
            ready, _, _ = select.select([STANDARD_INPUT], [], [], max(0.0, due - time.monotonic()))
            if ready and not self.listen():
                return

    def beat(self, full: bool) -> None:
        asked = [ask(path, words) for path, words in self.sockets] if full else None
        self.say({"beat": time.monotonic(), "cpu": cpu(), "cpus": os.cpu_count(), "sockets": asked})

    def listen(self) -> bool:
        """False when the operator is gone."""
        data = os.read(STANDARD_INPUT, 1 << 16)
        self.heard = time.monotonic()
        *lines, self.received = (self.received + data).split(b"\n")
        for line in lines:
            self.pool.submit(self.answer, json.loads(line))
        return bool(data)

    def answer(self, asked: dict) -> None:  # type: ignore[type-arg]
        if "run" in asked:
            self.say({"ran": asked["id"], "output": shell(*asked["run"])})
        else:
            outputs = self.pool.map(lambda command: shell(command, self.timeout), self.commands)
            self.say({"look": asked["id"], "outputs": list(outputs)})

    def say(self, answer: object) -> None:
        with self.lock:
            sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
            sys.stdout.flush()


def cpu() -> int | None:
    """Microseconds of processor that this machine has used so far; None where it cannot be known."""
    try:
        if os.path.exists(CPU):
            with open(CPU) as file:
                return int(file.readline().split()[1])
        with open(CPU_1) as file:
            return int(file.readline()) // 1000
    except (OSError, ValueError, IndexError):
        return None


def ask(path: str, words: str) -> str | None:
    """A unix socket's answer to one line; None when there is none."""
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.settimeout(PATIENCE)
            opened.connect(path)
            opened.sendall(words.encode() + b"\n")
            return whole(opened).decode(errors="replace")
    except OSError:
        return None


def whole(opened: socket.socket) -> bytes:
    parts, length = [], 0
    while (data := opened.recv(1 << 16)) and length < LONGEST:
        parts.append(data)
        length += len(data)
    return b"".join(parts)


def main(request: dict) -> None:  # type: ignore[type-arg]
    with suppress(BrokenPipeError):
        Watch(request).run()
    # Threads may still wait for probes; the operator is gone, nobody is left to tell.
    os._exit(0)
