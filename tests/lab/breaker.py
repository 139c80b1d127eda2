"""An operator's drill as a process of its own, to be killed.

`python -m tests.lab.breaker SPEC SERVER COMPONENT NAME HOLD` prints `made` and holds the fault until it is ended. The
server undoes it after HOLD seconds, without any grace.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from colonnade.cli.lab import spec_of
from colonnade.cli.session import open_session
from colonnade.drill.fault import breaking
from colonnade.drill.fault.breaking import Breaker, broken
from colonnade.drill.fault.in_lab import Power
from colonnade.drill.fault.made import Made
from colonnade.drill.fault.offered import offered, power_cuts
from colonnade.model.fault import Fault
from colonnade.remote.fleet import open_fleet

ROOT = Path(__file__).parents[2]


@contextmanager
def operator(spec: Path, fault: Fault, hold: float) -> Iterator[subprocess.Popen[str]]:
    """The process, its fault in force; killed at the end if it still lives."""
    words = [str(spec), fault.server, fault.component, fault.name, str(hold)]
    command = [sys.executable, "-m", "tests.lab.breaker", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "made\n"
            yield process
        finally:
            process.kill()


async def main(spec: str, server: str, component: str, name: str, hold: str) -> None:
    session = open_session(Path(spec), "lab")
    site = session.site
    faults = (*offered(session.remembered_design().layout), *power_cuts(site.servers))
    wanted = next(each for each in faults if (each.server, each.component, each.name) == (server, component, name))
    breaking.lasting = lambda fault, hold: hold  # type: ignore[attr-defined]
    async with open_fleet(site.servers, site.access) as fleet:
        breaker = Breaker(fleet, site.access, Power(spec_of(session)))
        async with broken(breaker, wanted, float(hold)) as course:
            assert isinstance(course.made, Made), course.made
            print("made", flush=True)
            await asyncio.sleep(600)


if __name__ == "__main__":
    # Tests that a shell runs in its background inherit that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
