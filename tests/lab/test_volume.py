"""Each machine writes to a file system of its own size, which this computer mounts from a file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colonnade import lab
from colonnade.errors import UserError
from colonnade.lab import disk, volume
from colonnade.lab.spec import Machine
from tests.lab.machines_fixture import pair, ssh

__all__ = ["pair"]
# Inside a container the kernel gives no loop devices: a lab's machines have plain folders there.
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not Path("/dev/loop-control").exists(), reason="this computer has no loop devices"),
]


def loops(site: str) -> list[str]:
    """Files of the lab that this computer has as disks."""
    listing = subprocess.run(["losetup", "-n", "-l", "-O", "BACK-FILE"], capture_output=True, text=True).stdout
    return [line for line in listing.splitlines() if f"/{site}/" in line]


def test_a_machine_has_a_disk_of_its_own(pair: lab.LabSpec) -> None:
    assert int(ssh(pair, "one", "df --output=size -B1 / | tail -n 1")) == pytest.approx(volume.SIZE, rel=0.05)
    ssh(pair, "one", "dd if=/dev/zero of=/var/lib/large bs=1M count=64 conv=fsync status=none")
    assert int(ssh(pair, "two", "df --output=used -BM / | tail -n 1").rstrip("M")) < 64


def test_it_can_be_full_without_taking_this_computers(pair: lab.LabSpec) -> None:
    file = pair.named("one").folder / "disk.img"
    before = file.stat().st_blocks
    ssh(pair, "one", "fallocate -l $(($(df --output=avail -BM / | tail -n 1 | tr -d M) - 16))M /var/lib/full")
    refused = ssh(pair, "one", "runuser -u nobody -- dd if=/dev/zero of=/var/tmp/more bs=1M count=32 2>&1 || true")
    assert "No space left on device" in refused
    ssh(pair, "one", "rm /var/lib/full /var/tmp/more")
    assert (file.stat().st_blocks - before) * 512 < 100e6


@pytest.mark.parametrize("how", ["as when this computer was switched off", "lazily, under the running machine"])
def test_an_unmounted_disk_is_mounted_again_with_what_it_holds(pair: lab.LabSpec, how: str) -> None:
    one, two = pair.named("one"), pair.named("two")
    ssh(pair, "one", "echo kept >/var/lib/proof; sync")
    if how.startswith("as"):
        for name in ("one", "two"):
            lab.stop(pair, name)
    for machine in (one, two):
        for mounted in (machine.root, machine.folder / "disk"):
            subprocess.run(["umount", "--lazy", str(mounted)], check=True)
    lab.start(pair, "one")
    assert ssh(pair, "one", "cat /var/lib/proof") == "kept"
    assert len(pair.known_hosts.read_text().splitlines()) == 2
    lab.up(pair, print)
    assert ssh(pair, "two", "true") == ""


def test_a_disk_half_made_is_made_anew(pair: lab.LabSpec) -> None:
    one = pair.named("one")
    ssh(pair, "one", "echo old >/var/lib/proof; sync")
    lab.stop(pair, "one")
    disk.unmount(one)
    for path in (one.upper, one.work):
        path.unlink()
    (one.folder / "disk.img").write_bytes(b"half")
    lab.up(pair, print)
    assert ssh(pair, "one", "hostname; cat /var/lib/proof 2>&1 || true") == (
        "one\ncat: /var/lib/proof: No such file or directory"
    )


def test_a_broken_disk_is_said_so_and_kept(pair: lab.LabSpec) -> None:
    one = pair.named("one")
    lab.stop(pair, "one")
    disk.unmount(one)
    file = one.folder / "disk.img"
    file.rename(file.with_suffix(".away"))
    file.write_bytes(b"broken")
    with pytest.raises(UserError, match="its disk could not be mounted"):
        lab.start(pair, "one")
    file.with_suffix(".away").rename(file)
    lab.start(pair, "one")


def test_nothing_of_it_stays(pair: lab.LabSpec) -> None:
    assert loops(pair.site)
    lab.down(pair)
    assert loops(pair.site) == []
    assert pair.site not in Path("/proc/self/mountinfo").read_text()


def test_where_none_can_be_mounted_it_writes_into_plain_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colonnade.lab.spec.LABS", tmp_path)
    monkeypatch.setattr(volume, "MAKE", ("false",))
    machine = Machine("shop", "db1", "10.64.0.11")
    machine.folder.mkdir(parents=True)
    volume.create(machine)
    assert [path.name for path in sorted(machine.folder.iterdir())] == ["upper", "work"]
    (machine.upper / "proof").write_text("kept")
    volume.create(machine)
    volume.mount(machine)
    assert (machine.upper / "proof").read_text() == "kept"
