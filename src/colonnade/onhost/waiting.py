"""Waiting on a server, no longer than the operator's patience or connection lasts."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from typing import IO

STANDARD_OUTPUT = 1


def operator_is_gone() -> bool:
    """Nobody reads our answers any more: what waits for other servers would wait in vain, and hold the lock."""
    answers = select.poll()
    answers.register(STANDARD_OUTPUT, 0)
    return bool(answers.poll(0))


def watched(command: str, within: float) -> tuple[int, str]:
    """Exit status and output of a shell command; 124, as timeout(1) has it, when it was ended from here."""
    deadline = time.monotonic() + within
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while process.poll() is None:
            if time.monotonic() > deadline or operator_is_gone():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return 124, content(output)
            time.sleep(0.05)
        return process.returncode, content(output)


def content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
