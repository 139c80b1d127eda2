"""Runs a command that waits for a systemd unit, for as long as somebody at the other end reads what it prints.

Sent as an argument of `python3 -c`, not as the agent is: its standard input belongs to the command.
"""

from __future__ import annotations

import select
import subprocess
import sys

STANDARD_OUTPUT = 1
# Milliseconds between looks; a command that is done is noticed as late as this.
PAUSE = 20


def main(unit: str, words: list[str]) -> int:
    reader = select.poll()
    # Nothing is asked for: that the other end is closed is always told.
    reader.register(STANDARD_OUTPUT, 0)
    process = subprocess.Popen(words)
    while process.poll() is None:
        if reader.poll(PAUSE):
            subprocess.run(["systemctl", "stop", unit], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            break
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
