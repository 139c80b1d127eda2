"""As much of systemd as the undoing of a fault needs: timers that run out when the test says so."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Systemd:
    scripts: dict[str, list[str]] = field(default_factory=dict)
    """Command of each loaded service."""
    timers: dict[str, str] = field(default_factory=dict)
    """Its `--on-active`."""
    done: dict[str, float] = field(default_factory=dict)
    """When each service that is active began."""
    refuses: bool = False

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "systemd-run":
            return self._arm(command)
        if command[0] != "systemctl":
            return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
        return {"start": self._start, "stop": self._stop, "show": self._show, "reset-failed": _fine}[command[1]](
            command
        )

    def elapse(self, service: str) -> None:
        """The timer's time is over."""
        del self.timers[service]
        self._start(["", "", service])

    def _arm(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        if self.refuses:
            return subprocess.CompletedProcess(command, 1, "Failed to start transient timer unit")
        options = dict(word.split("=", 1) for word in command if word.startswith("--") and "=" in word)
        service = options["--unit"]
        assert service not in self.scripts, "a unit of that name is loaded"
        self.scripts[service] = command[command.index("/bin/sh") :]
        self.timers[service] = options["--on-active"]
        return _fine(command)

    def _start(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        service = command[2]
        if service not in self.done:
            began, code = time.monotonic(), subprocess.run(self.scripts[service]).returncode
            if code:
                return subprocess.CompletedProcess(command, 1, f"Job for {service} failed")
            self.done[service] = began
        return _fine(command)

    def _stop(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        for name in command[2:]:
            service = name.replace(".timer", ".service")
            self.timers.pop(service, None)
            self.done.pop(service, None)
            self.scripts.pop(service, None)
        return _fine(command)

    def _show(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        what, name = command[3:]
        seen = {
            "LoadState": "loaded" if name in self.scripts else "not-found",
            "ActiveState": "active" if name in self.done else "inactive",
            "ExecMainStartTimestampMonotonic": str(round(self.done.get(name, 0) * 1e6)),
        }
        return subprocess.CompletedProcess(command, 0, seen[what] + "\n")


def _fine(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, 0, "")
