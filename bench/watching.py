"""What watching costs: processor time of the monitoring daemons on each machine of a lab that runs, at rest."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from time import monotonic, sleep

from bench.lab_site import why_not
from bench.row import Row, at_most, skipped
from colonnade.lab import processes
from colonnade.lab.spec import Machine, machines_on_disk
from colonnade.spec import load

# All of them are Debian's: prometheus, prometheus-alertmanager, prometheus-node-exporter and the others.
DAEMONS = "prometheus"
SECONDS = 60


def overhead(spec: Path) -> Iterable[Row]:
    """Of the machine that pays most, and on average, over a minute."""
    if why := why_not(spec):
        yield skipped("monitoring at rest", why)
        return
    machines = machines_on_disk(load(spec, "lab").site.name)
    began, before = monotonic(), {each.name: _used(each) for each in machines}
    sleep(SECONDS)
    seconds = monotonic() - began
    shares = {each.name: (_used(each) - before[each.name]) / seconds * 100 for each in machines}
    worst = max(shares, key=lambda name: shares[name])
    remark = f"on {worst}; {sum(shares.values()) / len(shares):.1f} % on average"
    yield at_most("monitoring at rest, of one core", shares[worst], 5, "%", 1, remark)


def _used(machine: Machine) -> float:
    """Seconds of processor time that the machine's monitoring daemons have had."""
    table = processes.table()
    running = processes.find(machine, table)
    ours = {p.pid for p in table if Path(p.command[0]).name.startswith(DAEMONS)}
    return sum(_seconds(pid) for pid in (running.members if running else ()) if pid in ours)


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
