"""Real machines: they start, are lost, are cut off, are half there; and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from colonnade import lab
from colonnade.errors import UserError
from colonnade.lab import network, processes
from tests.lab.machines_fixture import make_spec, pair, ssh, unreachable

__all__ = ["pair"]

pytestmark = pytest.mark.lab


def states(spec: lab.LabSpec) -> list[str]:
    return [machine.state for machine in lab.ps(spec)]


def pids(spec: lab.LabSpec, name: str) -> processes.Running:
    running = processes.find(spec.named(name), processes.table())
    assert running
    return running


def ip(*argv: str) -> None:
    subprocess.run(["ip", *argv], check=True)


def test_every_machine_is_whole(pair: lab.LabSpec) -> None:
    for name, _ in pair.machines:
        failed = ssh(pair, name, "systemctl is-system-running --wait; systemctl --failed --no-legend --plain")
        assert failed == "running"
        assert ssh(pair, name, "hostname") == name


def test_no_daemon_runs_unasked_and_one_can_be_had(pair: lab.LabSpec) -> None:
    assert ssh(pair, "one", "systemctl is-enabled nginx; systemctl is-active nginx") == "disabled\ninactive"
    assert ssh(pair, "one", "systemctl enable -q --now nginx && systemctl is-active nginx") == "active"


def test_machines_do_not_share_their_units(pair: lab.LabSpec) -> None:
    for name in ("one", "two"):
        ssh(pair, name, "systemctl start nginx")
    assert ssh(pair, "one", "systemctl stop nginx; systemctl is-active nginx", 10) == "inactive"
    assert ssh(pair, "two", "systemctl is-active nginx") == "active"


def test_machines_reach_each_other(pair: lab.LabSpec) -> None:
    ssh(pair, "two", "systemctl start nginx")
    fetch = f"import urllib.request as u; print(u.urlopen('http://{dict(pair.machines)['two']}').status)"
    assert ssh(pair, "one", f'python3 -c "{fetch}"') == "200"


def test_up_again_changes_nothing(pair: lab.LabSpec) -> None:
    before = [pids(pair, name).init for name, _ in pair.machines]
    said: list[str] = []
    lab.up(pair, said.append)
    assert said == []
    assert [pids(pair, name).init for name, _ in pair.machines] == before


def test_up_twice_at_once_is_up_once(pair: lab.LabSpec) -> None:
    lab.stop(pair, "one")
    said: list[str] = []
    threads = [threading.Thread(target=lab.up, args=(pair, said.append)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["one: up at 10.76.201.10"]


def test_memory_and_uptime_are_measured(pair: lab.LabSpec) -> None:
    one = lab.ps(pair)[0]
    assert 5e6 < one.memory < 100e6
    assert 0 < one.uptime < 3600


def test_a_lost_server_keeps_its_disk(pair: lab.LabSpec) -> None:
    ssh(pair, "one", "echo kept > /var/lib/proof")
    lab.stop(pair, "one")
    assert states(pair) == ["stopped", "running"]
    assert not network.exists(pair.named("one").link)
    assert unreachable(lambda: ssh(pair, "one", "true", 2))
    lab.stop(pair, "one")
    lab.start(pair, "one")
    assert ssh(pair, "one", "cat /var/lib/proof") == "kept"
    assert states(pair) == ["running", "running"]


def test_a_cut_machine_runs_on_unseen(pair: lab.LabSpec) -> None:
    init = pids(pair, "two").init
    lab.cut(pair, "two")
    assert states(pair) == ["running", "cut"]
    assert unreachable(lambda: ssh(pair, "two", "true", 2))
    lab.heal(pair, "two")
    assert ssh(pair, "two", "true") == ""
    assert pids(pair, "two").init == init


def test_up_plugs_a_cut_machine_in(pair: lab.LabSpec) -> None:
    lab.cut(pair, "two")
    lab.up(pair, print)
    assert states(pair) == ["running", "running"]


def test_a_stopped_machine_has_no_cable_to_pull(pair: lab.LabSpec) -> None:
    lab.stop(pair, "two")
    with pytest.raises(UserError, match="does not run"):
        lab.cut(pair, "two")
    lab.start(pair, "two")


def test_a_slow_service_does_not_delay_ssh(pair: lab.LabSpec) -> None:
    unit = "[Service]\\nType=oneshot\\nExecStart=sleep 60\\n[Install]\\nWantedBy=multi-user.target\\n"
    ssh(pair, "two", f"printf '{unit}' > /etc/systemd/system/slow.service; systemctl enable -q slow")
    lab.stop(pair, "two")
    lab.start(pair, "two")
    assert lab.ps(pair)[1].uptime < 20
    ssh(pair, "two", "systemctl disable -q slow; systemctl stop slow; systemctl reset-failed")


@pytest.mark.parametrize("broken", ["nspawn", "init", "mount", "link", "bridge", "address", "known_hosts", "key"])
def test_up_mends_what_is_half_there(pair: lab.LabSpec, broken: str) -> None:
    ssh(pair, "one", "echo kept > /var/lib/proof; sync")
    one = pair.named("one")
    harm: dict[str, Callable[[], object]] = {
        "nspawn": lambda: os.kill(pids(pair, "one").nspawn or 0, signal.SIGKILL),
        "init": lambda: os.kill(pids(pair, "one").init or 0, signal.SIGKILL),
        "mount": lambda: subprocess.run(["umount", "--lazy", str(one.root)], check=True),
        "link": lambda: ip("link", "delete", one.link),
        "bridge": lambda: ip("link", "delete", pair.bridge),
        "address": lambda: ip("address", "flush", "dev", pair.bridge),
        "known_hosts": lambda: pair.known_hosts.write_text(""),
        "key": lambda: pair.key.unlink(),
    }
    harm[broken]()
    lab.up(pair, print)
    assert states(pair) == ["running", "running"]
    assert ssh(pair, "one", "cat /var/lib/proof") == "kept"
    assert ssh(pair, "two", "true") == ""


def test_a_machine_out_of_the_spec_is_deleted_and_a_new_one_made(pair: lab.LabSpec) -> None:
    lab.up(make_spec(pair.state, "one", "two", "three"), print)
    assert ssh(make_spec(pair.state, "one", "two", "three"), "three", "hostname") == "three"
    three = make_spec(pair.state, "three").named("three")
    lab.up(pair, print)
    assert not three.folder.exists()
    assert not network.exists(three.link)
    assert "10.76.201.12" not in pair.known_hosts.read_text()


def test_a_new_address_is_taken_on(pair: lab.LabSpec) -> None:
    swapped = make_spec(pair.state, "two", "one")
    lab.up(swapped, print)
    assert [ssh(swapped, name, "hostname") for name in ("one", "two")] == ["one", "two"]
    lab.up(pair, print)


def test_other_packages_need_new_machines(pair: lab.LabSpec, tmp_path: Path) -> None:
    lab.stop(pair, "one")
    record = pair.named("one").folder / "image"
    was = record.read_text()
    record.write_text("another")
    with pytest.raises(UserError, match="other packages"):
        lab.up(pair, print)
    record.write_text(was)
    lab.up(pair, print)


def test_a_network_in_use_is_refused(pair: lab.LabSpec, tmp_path: Path) -> None:
    other = lab.LabSpec("labtest2", "cn-labtest2", pair.gateway, (), pair.packages, tmp_path)
    with pytest.raises(UserError, match=f"in use by {pair.bridge}"):
        lab.up(other, print)
    lab.down(other)
    assert not lab.exists("labtest2")


def test_down_leaves_nothing(pair: lab.LabSpec) -> None:
    machines = pair.all
    os.kill(pids(pair, "two").nspawn or 0, signal.SIGSTOP)
    lab.down(pair.site)
    assert not lab.exists(pair.site)
    assert all(processes.find(machine, processes.table()) is None for machine in machines)
    assert not any(network.exists(name) for name in (pair.bridge, *(machine.link for machine in machines)))
    assert pair.site not in Path("/proc/self/mountinfo").read_text()
    assert not [path for machine in machines for path in Path("/sys/fs/cgroup").glob(f"*/*{machine.id}*")]
    assert states(pair) == ["absent", "absent"]
    lab.down(pair)
    assert pair.key.exists()
    assert not pair.known_hosts.exists()
