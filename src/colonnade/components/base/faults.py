"""What can be broken of any server, whatever it is for: its network, its disk, its clock."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from colonnade.components.base import cuts
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout
from colonnade.model.site import Server

FILL = "colonnade-drill-fill.service"
PYTHON = "/usr/bin/python3 -I -S -c"
# A nameless file in each file system under /var/lib takes what is free and what becomes free: it ends with its process,
# also when the server's power does. What ext4 keeps for root stays free, as it does when a daemon fills the disk.
FILLER = """
import os, time
places = {os.stat(path).st_dev: path for path in ["/var/lib", *(e.path for e in os.scandir("/var/lib") if e.is_dir())]}
files = {}
for path in places.values():
    name = path + "/.colonnade-drill-fill"
    files[os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)] = 0
    os.unlink(name)
while True:
    for file, size in files.items():
        disk = os.fstatvfs(file)
        free = disk.f_bavail * disk.f_frsize
        try:
            os.posix_fallocate(file, size, free)
            files[file] = size + free
        except OSError:
            pass
    time.sleep(0.1)
"""
RUN_FILLER = f"systemd-run --quiet --collect --unit={FILL} --description='takes all free disk space'"
OWN_DISK = (
    "[ $(findmnt -n -o FSTYPE -T /var/lib) != overlay ] || findmnt -n -o OPTIONS -T /var/lib | "
    "grep -q 'upperdir=[^,]*/disk/upper' || { echo 'its disk is that of the computer it runs on'; false; }"
)

CLOCK = "/run/colonnade-drill-clock"
# Bit 25 of the capabilities; a container that has it would set the clock of the computer that it runs on.
MAY_SET_CLOCK = (
    "! systemd-detect-virt --quiet --container && "
    "[ $((0x$(sed -n 's/^CapEff:\\s*//p' /proc/self/status) >> 25 & 1)) = 1 ] || "
    "{ echo 'its clock is that of the computer it runs on'; false; }"
)
# How far the clock is from the one that nobody sets tells where it was, at any later time.
JUMP = f"""
import time
with open("{CLOCK}", "x") as file:
    file.write(repr(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)))
time.clock_settime(time.CLOCK_REALTIME, time.time() + 3600)
"""
JUMP_BACK = f"""
import os, time
if os.path.exists("{CLOCK}"):
    with open("{CLOCK}") as file:
        offset = float(file.read())
    time.clock_settime(time.CLOCK_REALTIME, offset + time.clock_gettime(time.CLOCK_BOOTTIME))
    os.unlink("{CLOCK}")
"""


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from cuts.faults(layout, server)
    yield Fault(
        "base",
        "fill-disk",
        server.name,
        "the file systems under /var/lib are full",
        inject=f"{RUN_FILLER} {PYTHON} {quote(FILLER)}",
        undo=f"! systemctl is-active --quiet {FILL} || systemctl stop {FILL}",
        needs=OWN_DISK,
    )
    yield Fault(
        "base",
        "jump-clock",
        server.name,
        "the clock is an hour ahead, and nobody sets it right",
        inject=f"systemctl stop chrony.service; {PYTHON} {quote(JUMP)}",
        undo=f"{PYTHON} {quote(JUMP_BACK)} && systemctl start --no-block chrony.service",
        needs=MAY_SET_CLOCK,
        stops=False,
    )
