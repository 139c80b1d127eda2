"""An operator who is interrupted anywhere types the same command again, and it ends the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator

import pytest

from colonnade import lab
from colonnade.cli.lab import spec_of
from colonnade.cli.session import open_session
from tests.lab.browser import Browser
from tests.lab.machines import on
from tests.lab.sites import COMMAND, LabSite, copied

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

# Printed with the result, so that a failure can be repeated.
SEED = int(os.environ.get("COLONNADE_SEED", "20261122"))
KILLS = 5


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    site = copied("flask-notes", tmp_path_factory.mktemp("notes"))
    site.lab("down")
    yield site
    site.lab("down")


def test_a_port_held_by_somebody_else_is_named_and_nothing_changes(notes: LabSite) -> None:
    lab.up(spec_of(open_session(notes.spec, "lab")), print)
    on(notes, "lb1", "systemd-run -q --unit=squatter python3 -m http.server 443")
    on(notes, "lb1", "until ss -Hltn | grep -q :443; do sleep 0.1; done")
    refused = notes.run("apply", "-e", "lab", "--yes", check=False)
    on(notes, "lb1", "systemctl stop squatter")
    assert refused.returncode == 1
    assert "port 443, which haproxy needs, is held by squatter.service" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert "manifest" not in on(notes, "lb1", "ls /var/lib/colonnade 2>/dev/null || true")


@pytest.mark.long
def test_lab_up_killed_at_random_points_converges_when_rerun(notes: LabSite) -> None:
    chance = random.Random(SEED)
    for number in range(KILLS):
        seconds = chance.uniform(4, 25)
        print(f"seed {SEED}, kill {number}: after {seconds:.1f} s")
        _killed_after(notes, seconds)
    notes.lab("up")
    notes.await_verdict()
    assert notes.run("plan", "-e", "lab", "--exit-code").returncode == 0
    assert Browser(notes).get(notes.addresses[0])[0] == 200


def test_the_second_web_server_stands_by_until_the_first_is_lost(notes: LabSite) -> None:
    notes.lab("up")
    notes.await_verdict()
    assert "web1" in notes.run("trace", "/", "-e", "lab").stdout
    notes.lab("stop", "web1")
    notes.await_verdict("degraded")
    assert "web2" in notes.run("trace", "/", "-e", "lab").stdout
    notes.lab("start", "web1")
    notes.await_verdict()
    assert _since(notes, "web1", "nginx") > _since(notes, "web1", "colonnade-endpoints")


def _since(site: LabSite, server: str, unit: str) -> int:
    """When the unit was ready: microseconds of the kernel's clock."""
    return int(on(site, server, f"systemctl show --value -p ActiveEnterTimestampMonotonic {unit}"))


def _killed_after(site: LabSite, seconds: float) -> None:
    """SIGKILL to the command, as a power failure would be; machines live on."""
    command = [COMMAND, "lab", "up"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=site.spec.parent, **quiet) as process:  # type: ignore[call-overload]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
