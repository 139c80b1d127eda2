"""Drills by the command, on the running site: a seeded selection, and what a drill that is killed leaves."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.lab.releases import applied
from tests.lab.sites import COMMAND, LabSite

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

# Printed with the result of each run, so that a failure can be repeated.
SEED = "7"


def drilled(site: LabSite, folder: Path, *words: str) -> dict[str, Any]:
    """The report of a run, whatever its verdict: two busy cores may well miss a budget of seconds."""
    done = site.run(
        "drill", "run", *words, "-e", "lab", "--seed", SEED, "-o", "json", "--report", str(folder), check=False
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    print(json.dumps([drill["reasons"] for drill in found["drills"]]))
    return found


def test_a_killed_worker_and_a_killed_primary_lose_nothing(guestbook: LabSite, tmp_path: Path) -> None:
    found = drilled(guestbook, tmp_path, "worker-killed", "postgres-killed")
    assert [drill["drill"] for drill in found["drills"]] == ["worker-killed", "postgres-killed"]
    for run in (run for drill in found["drills"] for run in drill["runs"]):
        assert run["error"] == ""
        assert all(each["injected"] is not None for each in run["injections"])
        checked = {finding["checker"]: finding for finding in run["findings"]}
        assert {"http", "ledger", "append", "register", "bank", "session", "primaries"} <= checked.keys()
        wrong = {name: found for name, found in checked.items() if found["verdict"] == "fail"}
        assert not wrong
        assert run["looks"][-1]["verdict"] == "serving"
        assert any(event["source"] != "drill" for event in run["events"])
    report = (tmp_path / "report.html").read_text()
    assert "postgres-killed" in report and "</html>" in report
    assert json.loads((tmp_path / "report.json").read_text()) == found


@pytest.mark.long
def test_a_balancer_that_hears_nothing_gives_its_address_up(guestbook: LabSite, tmp_path: Path) -> None:
    """Mended after 15 s, so that a shorter gap is its own doing."""
    ((run,),) = (drill["runs"] for drill in drilled(guestbook, tmp_path, "balancer-cut-in")["drills"])
    assert run["error"] == "" and run["looks"][-1]["verdict"] == "serving"
    (gap,) = (measure for measure in run["measures"] if measure["name"] == "longest_address_gap")
    assert 1 < gap["value"] < 8


@pytest.mark.long
def test_without_durability_a_primary_that_is_cut_off_loses_what_it_acknowledged(
    guestbook: LabSite, tmp_path: Path
) -> None:
    """What the checkers are for: with the default, `quorum`, the same drill loses nothing."""
    with applied(guestbook, '[postgres]\ndurability = "none"'):
        ((run,),) = (drill["runs"] for drill in drilled(guestbook, tmp_path, "primary-cut-databases")["drills"])
    wrong = {finding["checker"] for finding in run["findings"] if finding["verdict"] == "fail"}
    assert {"ledger", "append"} <= wrong, run["findings"]


@pytest.mark.long
def test_a_primary_that_returns_before_its_lease_would_have_ended_is_a_replica(
    guestbook: LabSite, tmp_path: Path
) -> None:
    """With `fast_failover` another one leads after seconds; cut off for 14 s, it is back before 20 are over."""
    with applied(guestbook, "[postgres]\nfast_failover = true"):
        drill = drilled(guestbook, tmp_path, "primary-cut", "--hold", "14")["drills"][0]
    (run,) = drill["runs"]
    assert run["error"] == "" and run["looks"][-1]["verdict"] == "serving"
    assert not [finding for finding in run["findings"] if finding["verdict"] == "fail"]


def ended_by(number: signal.Signals, guestbook: LabSite, name: str) -> int:
    """A drill of which the power of a server is cut, and then the command ended; its exit status."""
    guestbook.await_verdict()
    # A shell's background jobs, as tests may be, ignore Ctrl-C, and so would whatever they start.
    command = ["env", "--default-signal=INT", COMMAND, "drill", "run", name, "-e", "lab", "--seed", SEED]
    with subprocess.Popen(command, cwd=guestbook.spec.parent, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if "power is cut" in line:
                break
        process.send_signal(number)
        process.communicate(timeout=120)
    return process.returncode


def test_an_interrupted_drill_has_mended_what_it_broke_when_it_ends(guestbook: LabSite) -> None:
    assert ended_by(signal.SIGINT, guestbook, "web-lost") == 130
    assert "stopped" not in guestbook.run("lab", "ps").stdout


def test_a_killed_drill_is_mended_by_the_next(guestbook: LabSite) -> None:
    ended_by(signal.SIGKILL, guestbook, "app-lost")
    refused = guestbook.run("drill", "run", "nginx-kiled", "-e", "lab", check=False)
    assert refused.returncode == 64 and "there is no such drill" in refused.stderr
    guestbook.await_verdict()
    assert guestbook.run("drill", "list", "-e", "lab").stdout.count("\n") > 20


def test_a_site_that_misses_something_is_refused(guestbook: LabSite) -> None:
    guestbook.await_verdict()
    guestbook.lab("stop", "web2")
    refused = guestbook.run("drill", "run", "worker-killed", "-e", "lab", check=False)
    guestbook.lab("start", "web2")
    assert refused.returncode == 1
    assert "before anything was broken" in refused.stderr and "--anyway" in refused.stderr
    guestbook.await_verdict()
