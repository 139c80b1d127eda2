"""Reads what a design is compared with: the manifest's things as they are now, packages, facts. One round trip."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from colonnade.onhost.host import describe, load_manifest, run, say, unit_states

RELEASES = "/srv/colonnade"
UNITS = ("/etc/systemd/system", "/usr/lib/systemd/system")
MANAGER = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")


def main(request: dict) -> None:  # type: ignore[type-arg]
    manifest = load_manifest()
    say(
        {
            "facts": facts(request["address"]),
            "servers": manifest["servers"],
            "releases": releases(),
            "manifest": manifest,
            "files": {path: describe(path) for path in manifest["files"]},
            "directories": {path: describe(path) for path in manifest["directories"]},
            "units": units(sorted(manifest["units"])),
            "packages": installed_packages(),
            "users": users(),
            # Who holds which port matters only before the first apply.
            "ports": {} if manifest["units"] else listening(),
        }
    )


def releases() -> dict:  # type: ignore[type-arg]
    """Application: the release that is current here."""
    try:
        names = os.listdir(RELEASES)
    except FileNotFoundError:
        return {}
    links = {name: f"{RELEASES}/{name}/current" for name in names}
    return {name: os.path.basename(os.readlink(link)) for name, link in links.items() if os.path.islink(link)}


def units(names: list[str]) -> dict[str, list[str]]:
    """As unit_states has it. To show one property of a unit systemd puts all together, 3 ms for each unit: those
    that are active and wanted at boot, in most runs all, are known without that."""
    well = active(names) & wanted()
    usual = {name: ["active", "enabled", "yes"] for name in names if name in well}
    return usual | unit_states([name for name in names if name not in well])


def active(names: list[str]) -> set[str]:
    """Those that run; not under an alias."""
    done = run(["busctl", "--json=short", "call", *MANAGER, "ListUnitsByNames", "as", str(len(names)), *names])
    rows = json.loads(done.stdout)["data"][0] if done.returncode == 0 else []
    return {name for name, _, loaded, state, *_ in rows if (loaded, state) == ("loaded", "active")}


def wanted() -> set[str]:
    """Units that something at boot wants, by our doing or systemd's own."""
    found = (each for folder in UNITS for each in os.scandir(folder))
    links = (each.path for each in found if each.name.endswith((".wants", ".requires")))
    return {name for folder in links for name in os.listdir(folder)}


def facts(address: str) -> dict:  # type: ignore[type-arg]
    return {
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "cpus": os.cpu_count() or 1,
        "debian": release("VERSION_ID"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": os.uname().machine,
        "interface": interface_of(address),
    }


def release(key: str) -> str:
    with open("/etc/os-release") as file:
        values = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    return values.get(key, "").strip('"')


def interface_of(address: str) -> str:
    """The interface that holds the address; the first one up when none does (an address behind a translation)."""
    listing = subprocess.run(["ip", "-o", "addr"], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows = [line.split() for line in listing]
    mine = [row[1] for row in rows if row[3].split("/")[0] == address]
    others = [row[1] for row in rows if row[1] != "lo"]
    return (mine or others or ["eth0"])[0]


def installed_packages() -> list[str]:
    """Names of installed packages, from dpkg's own file: a query would take ten times as long."""
    found, name = [], ""
    with open("/var/lib/dpkg/status", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("Package: "):
                name = line[9:].strip()
            elif line.startswith("Status: ") and line.endswith(" installed\n"):
                found.append(name)
    return found


def users() -> list[str]:
    with open("/etc/passwd") as file:
        return [line.split(":", 1)[0] for line in file]


def listening() -> dict:  # type: ignore[type-arg]
    """Port: [unit or program, process id], from ss."""
    lines = subprocess.run(["ss", "-Hltnp"], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = {}
    for line in lines:
        columns = line.split()
        if "pid=" not in line or columns[3].startswith(("127.", "[::1]")):
            continue
        process = int(line.split("pid=", 1)[1].split(",", 1)[0])
        found[int(columns[3].rsplit(":", 1)[1])] = [unit_of(process) or line.split('"')[1], process]
    return found


def unit_of(process: int) -> str:
    """The systemd service that a process belongs to, from its control group."""
    try:
        with open(f"/proc/{process}/cgroup") as file:
            parts = [part for line in file for part in line.strip().split("/")]
    except OSError:
        return ""
    return next((part for part in reversed(parts) if part.endswith(".service")), "")
