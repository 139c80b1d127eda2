"""A site in the lab, driven by the real command, as a user would."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMAND = str(Path(sys.executable).with_name("colonnade"))
# Patroni's floor for a lost server is 26 s; a rejoin, a re-synchronization and two slow cores come on top.
PATIENCE = 120.0


@dataclass(frozen=True)
class LabSite:
    """One example, copied to a folder of its own so that tests never touch another lab's state."""

    spec: Path

    def run(self, *words: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([COMMAND, *words], cwd=self.spec.parent, text=True, capture_output=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def lab(self, *words: str) -> None:
        self.run("lab", *words)

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("status", "-e", "lab", "-o", "json", check=False).stdout)
        return answer

    def await_verdict(self, verdict: str = "serving", within: float = PATIENCE) -> dict[str, Any]:
        """Looks until the site says so; fails with its reasons."""
        deadline = monotonic() + within
        while (seen := self.status())["verdict"] != verdict:
            assert monotonic() < deadline, f"still {seen['verdict']} after {within:.0f} s: {seen['reasons']}"
            sleep(1)
        return seen

    @cached_property
    def addresses(self) -> list[str]:
        """Virtual addresses, as URLs."""
        return list(self.status()["addresses"])

    @property
    def ca(self) -> Path:
        return self.spec.parent / ".colonnade" / "lab" / "ca.crt"

    def primary(self, component: str) -> str:
        """The server that has it now."""
        return str(self.status()["primary"][component])

    def address_of(self, server: str) -> str:
        machines = json.loads(self.run("lab", "ps", "-o", "json").stdout)
        return next(str(m["address"]) for m in machines if m["name"] == server)


def copied(example: str, folder: Path) -> LabSite:
    """The example with everything its spec refers to, without what a user's own lab left there."""
    ignore = shutil.ignore_patterns(".colonnade", "*.secrets.age", "__pycache__")
    for name in ("guestbook", "flask-notes", example):
        if not (folder / name).exists():
            shutil.copytree(EXAMPLES / name, folder / name, ignore=ignore)
    spec = folder / example / "colonnade.toml"
    renamed(spec)
    return LabSite(spec)


def renamed(spec: Path) -> None:
    """A name of its own: a lab of the same site that somebody is looking at stays as it is."""
    spec.write_text(re.sub(r'^name = "(\w+)"', r'name = "\1-test"', spec.read_text(), flags=re.M))
