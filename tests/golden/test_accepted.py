"""The real daemons accept the rendered files, and refuse them once they are broken.

Each server's files are put in place by the code that does it on servers, checks included, in a container of the lab's
image that has all daemons and starts none.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from colonnade.apply.plan import make_plan
from colonnade.cli.lab import packages
from colonnade.cli.session import Session
from colonnade.components.base import SERVING
from colonnade.lab import image
from colonnade.lab.host import environment
from colonnade.model.resources import Unit
from colonnade.remote.agent import COMMAND, payload
from colonnade.spec import load
from tests.apply.machine import Machine
from tests.sites import EXAMPLES, NAMES, VAULT, designed

pytestmark = pytest.mark.lab

SERVERS = [(name, server) for name in NAMES for server in designed(name).servers]
# What any server has and the image lacks: its network, and the host key of its own sshd.
BEFORE = """ip link add eth0 type bridge && ip addr add {address}/24 dev eth0 && ip link set eth0 up && \\
mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key"""
RUN = 'for each in /payloads/*; do echo "${each##*/}"; ' + COMMAND + ' <"$each"; done'
# OFFLINE: no systemd runs in there that could be told to reload.
CONTAINER = (
    *("systemd-nspawn", "--quiet", "--volatile=overlay", "--private-network", "--pipe", "--as-pid2", "--register=no"),
    *("--keep-unit", "--resolv-conf=off", "--timezone=off", "--setenv=SYSTEMD_OFFLINE=1"),
)
NONSENSE = "\ncolonnade-nonsense {\n"


@pytest.fixture(scope="module")
def root() -> Path:
    """The image's root folder."""
    if os.geteuid() != 0:
        pytest.skip("the image needs root")
    loaded = load(EXAMPLES / "guestbook" / "colonnade.toml")
    return image.ensure(packages(Session(loaded, VAULT)), print)


@pytest.mark.parametrize(("name", "server"), SERVERS)
def test_files_are_accepted_and_broken_ones_are_not(root: Path, tmp_path: Path, name: str, server: str) -> None:
    good = [dict(step) for step in steps(name, server)]
    broken = [one for step in good for one in breakages(step)]
    for rank, each in enumerate([good, *([one] for one in broken)]):
        (tmp_path / f"{rank:03}").write_bytes(payload("act", {"steps": each}))
    answers = in_container(root, tmp_path, designed(name).servers[server].server.address)
    assert [a for a in answers["000"] if not a["ok"]] == []
    assert len(answers["000"]) == len(good)
    for rank, step in enumerate(broken, start=1):
        (answer,) = answers[f"{rank:03}"]
        path = step["files"][0]["path"]
        assert answer.get("problem") == f"{path} was not accepted; the old one stands", path


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_an_upgrade_restarts_is_upgraded_at_night(root: Path, name: str) -> None:
    """From Debian's own package scripts: which of them restart a unit of ours."""
    design = designed(name)
    units = {unit.name for server in design.servers.values() for c, unit in server.all(Unit) if c != "base"}
    restarted = {package for package, unit in restarts(root) if unit in units}
    assert restarted
    assert {package for package in restarted if not any(re.match(word, package) for word in SERVING)} == set()


def steps(name: str, server: str) -> Iterator[dict[str, Any]]:
    """Of the first apply to a server, those that need no daemon to run."""
    design = designed(name)
    for change in make_plan(design, {server: Machine().actual()}).changes:
        if change.step["op"] in ("user", "directory", "files"):
            yield dict(change.step)


def breakages(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for file in step.get("files", ()):
        if file["check"]:
            yield {**step, "files": [{**file, "content": file["content"] + NONSENSE}]}


def in_container(root: Path, payloads: Path, address: str) -> dict[str, list[dict[str, Any]]]:
    """The agent's answers to each of the requests in the folder."""
    script = f"{BEFORE.format(address=address)} && {RUN}"
    command = [*CONTAINER, f"--directory={root}", f"--bind-ro={payloads}:/payloads", "/bin/sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120)
    assert done.returncode == 0, done.stderr
    blocks = re.split(r"^(\d{3})\n", done.stdout, flags=re.MULTILINE)[1:]
    return {
        rank: [json.loads(line) for line in answers.splitlines()]
        for rank, answers in zip(blocks[::2], blocks[1::2], strict=True)
    }


def restarts(root: Path) -> Iterator[tuple[str, str]]:
    """(package, unit) for each unit that a package's script restarts when it is upgraded."""
    for script in (root / "var/lib/dpkg/info").glob("*.postinst"):
        package = script.stem.partition(":")[0]
        for line in script.read_text(errors="replace").splitlines():
            if "deb-systemd-invoke" in line or "invoke-rc.d" in line:
                yield from ((package, unit) for unit in re.findall(r"[\w@.-]+\.service", line))
                yield from ((package, f"{name}.service") for name in re.findall(r"invoke-rc.d (\S+) ", line))
