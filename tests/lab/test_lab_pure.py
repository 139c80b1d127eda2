"""What the lab decides without touching this computer."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.lab import cgroups, host, image, keys, locks, mirror, processes, spec

ONE_LINE = """
# deb http://example.org/commented bookworm main
deb-src http://example.org/source bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://example.org/vendor stable-tools main
deb [ trusted=yes ] http://example.org/debian/ bookworm main contrib  # the office's
deb http://example.org/security bookworm-security main
"""

DEB822 = """
Types: deb
# http://example.org/snapshot/20250101
URIs: http://example.org/debian
Suites: trixie
 trixie-updates
Components: main

Enabled: no
Types: deb
URIs: http://example.org/disabled
Suites: trixie

Types: deb-src
URIs: http://example.org/source
Suites: trixie

Types: deb deb-src
URIs: http://example.org/a http://example.org/b
Suites: trixie-security
"""


def lab_spec(tmp_path: Path, *names: str) -> spec.LabSpec:
    machines = tuple((name, f"192.0.2.{rank}") for rank, name in enumerate(names, 10))
    return spec.LabSpec("shop", "cn-shop", "192.0.2.1", machines, ("nginx",), tmp_path / ".colonnade/lab")


def test_one_line_sources_skip_comments_sources_and_options() -> None:
    assert list(mirror.parse_list(ONE_LINE)) == [
        mirror.Source("https://example.org/vendor", "stable-tools"),
        mirror.Source("http://example.org/debian/", "bookworm"),
        mirror.Source("http://example.org/security", "bookworm-security"),
    ]


def test_deb822_sources_fold_lines_and_leave_out_the_disabled() -> None:
    assert list(mirror.parse_deb822(DEB822)) == [
        mirror.Source("http://example.org/debian", "trixie"),
        mirror.Source("http://example.org/debian", "trixie-updates"),
        mirror.Source("http://example.org/a", "trixie-security"),
        mirror.Source("http://example.org/b", "trixie-security"),
    ]


def test_the_image_comes_from_this_computers_mirror_not_from_a_vendor() -> None:
    assert mirror.image_sources(list(mirror.parse_list(ONE_LINE)), "trixie") == (
        "deb http://example.org/debian/ trixie main",
        "deb http://example.org/debian/ trixie-updates main",
        "deb http://example.org/security trixie-security main",
    )


def test_security_is_left_out_where_this_computer_has_none() -> None:
    entries = mirror.image_sources([mirror.Source("http://example.org/debian", "sid")], "trixie")
    assert [entry.split()[2] for entry in entries] == ["trixie", "trixie-updates"]


def test_no_mirror_is_said_so() -> None:
    with pytest.raises(UserError, match="no Debian mirror"):
        mirror.image_sources([mirror.Source("http://example.org/vendor", "stable-tools")], "trixie")


def test_both_kinds_of_file_are_read_in_apts_order(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://example.org/first bookworm main\n")
    (tmp_path / "sources.list.d/debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/debian.sources.save").write_text(ONE_LINE)
    assert [source.uri for source in mirror.host_sources(tmp_path)][:2] == [
        "http://example.org/first",
        "http://example.org/debian",
    ]


def test_an_image_is_named_by_its_packages_in_any_order() -> None:
    assert image.key(["nginx", "haproxy"]) == image.key(["haproxy", "nginx"])
    assert image.key(["nginx"]) != image.key(["haproxy"])


def test_the_newest_images_and_those_in_use_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "CACHE", tmp_path)
    for age, name in enumerate(("new", "before", "used", "old", "half.part")):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    image.prune({"used"})
    assert {path.name for path in tmp_path.iterdir()} == {"new", "before", "used"}


def test_nothing_but_the_way_in_is_enabled() -> None:
    preset = (image.FILES / "etc/systemd/system-preset/00-colonnade-lab.preset").read_text().splitlines()
    rules = [line for line in preset if not line.startswith("#")]
    assert rules[-1] == "disable *"
    assert "enable ssh.service" in rules


def test_no_database_cluster_is_made_by_the_package() -> None:
    assert "create_main_cluster = false" in (image.FILES / "etc/postgresql-common/createcluster.conf").read_text()


@pytest.mark.parametrize(("site", "name"), [("shop", "a"), ("s" * 60, "n" * 60), ("shop", "lb1.example.com")])
def test_link_names_fit_the_kernel(site: str, name: str) -> None:
    machine = spec.Machine(site, name, "192.0.2.1")
    assert len(machine.id) <= 11
    assert len(machine.link) <= 15


def test_names_depend_on_site_and_server_alone() -> None:
    ids = {spec.Machine(site, name, "").id for site in ("shop", "blog") for name in ("db1", "db2")}
    assert len(ids) == 4


def test_an_unknown_machine_gets_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        lab_spec(tmp_path, "web1", "db1").named("wbe1")
    assert caught.value.hint == "web1"


@pytest.mark.parametrize("site", ["", "..", "a/b", ".hidden", "/"])
def test_a_sites_folder_cannot_be_another_place(site: str) -> None:
    with pytest.raises(UserError):
        spec.site_folder(site)


def test_the_operators_key_is_made_once_and_private(tmp_path: Path) -> None:
    lab = lab_spec(tmp_path)
    first = keys.operator_key(lab)
    assert first.startswith("ssh-ed25519 ")
    assert keys.operator_key(lab) == first
    assert lab.key.stat().st_mode & 0o777 == 0o600
    assert lab.key.stat().st_uid == tmp_path.stat().st_uid


def test_known_hosts_has_a_line_for_each_machine_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "LABS", tmp_path / "labs")
    lab = lab_spec(tmp_path, "web1", "web2")
    keys.operator_key(lab)
    (lab.named("web2").upper / "etc/ssh").mkdir(parents=True)
    keys.ensure_host_key(lab.named("web2").upper)
    keys.write_known_hosts(lab)
    (line,) = lab.known_hosts.read_text().splitlines()
    assert line.startswith("192.0.2.11 ssh-ed25519 ")


def test_a_full_disk_is_found_out_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"only .* MB are free"):
        host.require_space(tmp_path / "not/there/yet", 10**18, "the image")


def test_missing_tools_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(host, "PACKAGE_OF", {"no-such-tool": "its-package", "sh": "dash"})
    with pytest.raises(UserError) as caught:
        host.require()
    assert caught.value.hint == "apt-get install its-package"


def test_only_root_has_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError) as caught:
        host.require()
    assert "sudo" in caught.value.hint


def test_control_groups_are_found_in_both_layouts() -> None:
    both = (
        "30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        "31 25 0:27 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd\n"
        "32 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    )
    assert cgroups.hierarchies(both) == (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd"))
    assert cgroups.hierarchies("30 25 0:26 / /sys/fs/cgroup rw - cgroup2 c rw") == (Path("/sys/fs/cgroup"),)


def test_a_machine_is_known_by_its_control_groups() -> None:
    machine = spec.Machine("shop", "web1", "192.0.2.10")
    ours = ("/", f"/colonnade-{machine.id}")
    below = (f"/machine.slice/colonnade-{machine.id}.scope/payload/init.scope",)
    deeper = (f"/payload/colonnade-{machine.id}/payload/init.scope",)
    nspawn = processes.Process(20, ("/usr/bin/systemd-nspawn", "--boot"), ours, ())
    init = processes.Process(21, ("/sbin/init",), below, (1,))
    private = processes.Process(22, ("sandboxed",), below, (9, 1))
    elsewhere = processes.Process(30, ("/sbin/init",), deeper, (7, 1))
    assert processes.find(machine, (elsewhere,)) is None
    assert processes.find(machine, (elsewhere, private, nspawn, init)) == processes.Running(20, 21, (22, 20, 21))
    assert processes.find(machine, (nspawn,)) == processes.Running(20, None, (20,))
    assert processes.find(machine, (init,)) == processes.Running(None, 21, (21,))


def test_who_waited_for_a_deleted_lab_gets_a_lock_on_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec, "LABS", tmp_path)
    entered = threading.Event()

    def wait() -> None:
        with locks.whole_lab("shop"):
            assert (tmp_path / "shop").is_dir()
            entered.set()

    with locks.whole_lab("shop"):
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not entered.wait(0.2)
        (tmp_path / "shop").rmdir()
    waiter.join(5)
    assert entered.is_set()


def test_a_machine_never_made_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "LABS", tmp_path)
    with pytest.raises(UserError, match="not there yet"), locks.one_machine(spec.Machine("shop", "web1", "")):
        pass


def held(monkeypatch: pytest.MonkeyPatch, times: float) -> None:
    """The kernel refuses to delete a control group this often."""
    left, real = [times], Path.rmdir

    def rmdir(path: Path) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise OSError(errno.EBUSY, "Device or resource busy")
        real(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)


def test_a_group_is_deleted_once_its_last_process_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "group/system.slice/nginx.service").mkdir(parents=True)
    held(monkeypatch, 3)
    assert cgroups.emptied(tmp_path / "group", 5)
    assert not (tmp_path / "group").exists()
    assert cgroups.emptied(tmp_path / "group", 5)


def test_a_process_that_does_not_end_is_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "init.scope").mkdir()
    (tmp_path / "init.scope/cgroup.procs").write_text("41\n42\n")
    held(monkeypatch, float("inf"))
    monkeypatch.setattr(cgroups, "_systemd_runs", lambda: False)
    monkeypatch.setattr(cgroups, "_groups", lambda machine: (tmp_path,))
    monkeypatch.setattr(cgroups, "PATIENCE", 0.01)
    with pytest.raises(UserError, match="web1: its control group is busy") as caught:
        cgroups.remove(spec.Machine("shop", "web1", ""))
    assert "ps 41 42;" in caught.value.hint
