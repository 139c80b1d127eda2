"""Who keeps work away from whom, and that the shell commands do it: with a socat that notes what HAProxy is told."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.apply.draining import bringing_back, drains_of, kept_out, of_part, taking_out, unit
from colonnade.components.admin_socket import Backend, Member
from colonnade.components.keepalived import CHECK
from colonnade.model.drain import Drain
from colonnade.model.resources import File
from colonnade.model.site import Role
from tests.sites import NAMES, designed, example, file_of

Shell = Callable[[str], int]
SOCAT = """#!/bin/sh
cat >>{told}
cat {answer}
exit $(cat {code})
"""


def drains(name: str, server: str) -> list[tuple[str, str, str]]:
    layout = designed(name).layout
    return [(d.component, d.on, d.part) for d in drains_of(layout, layout.site.by_name[server])]


def test_each_tier_is_drained_where_its_work_comes_from() -> None:
    assert drains("guestbook", "web1") == [("nginx", "lb1", ""), ("nginx", "lb2", "")]
    assert drains("guestbook", "app2") == [("app", "web1", "web"), ("app", "web2", "web")]
    assert drains("guestbook", "db3") == [("patroni", "app1", ""), ("patroni", "app2", ""), ("patroni", "db3", "")]
    assert drains("guestbook", "lb1") == [("haproxy", "lb1", "")]
    assert drains("guestbook", "mon1") == []


def test_a_server_with_every_role_is_drained_as_each() -> None:
    found = drains("trio", "a")
    assert {component for component, _, _ in found} == {"app", "haproxy", "nginx", "patroni"}
    assert len(found) == 3 + 1 + 3 + 3 + 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drained_stands_in_the_configuration_of_whom_it_is_kept_from(name: str) -> None:
    design = designed(name)
    for server in design.servers.values():
        for drain in drains_of(design.layout, server.server):
            files = [f.content for _, f in design.servers[drain.on].all(File) if f.path.endswith("haproxy.cfg")]
            lines = re.findall(r"echo '0 ([\w-]+) 0 ([\w-]+) [^']* ([01]) 0 - - 0'", drain.out)
            assert len(lines) == drain.out.count("set server ")
            for backend, member, tls in lines:
                assert any(stands(text, backend, member, tls == "1") for text in files), (drain.on, backend, member)


def stands(text: str, backend: str, member: str, tls: bool) -> bool:
    """As itself and with the same TLS: what the line says outlives the drain."""
    section = re.search(rf"^backend {backend}\n((?: .*\n|\n)*)", text, re.M)
    if not section or f"    server {member} " not in section.group(1):
        return False
    lines = re.findall(rf"^    (?:default-server|server {member}) (.*)", section.group(1), re.M)
    return "load-server-state-from-file" in text and tls == any("ssl" in line.split() for line in lines)


def test_no_two_drains_of_a_place_share_a_timer() -> None:
    layout = designed("trio").layout
    every = [drain for server in layout.site.servers for drain in drains_of(layout, server)]
    assert len({(drain.on, unit(drain)) for drain in every}) == len(every)


def test_the_drains_of_one_application() -> None:
    layout = designed("guestbook").layout
    found = of_part(drains_of(layout, layout.site.having(Role.APP)[0]), "web")
    assert len(found) == 2
    assert of_part(found, "other") == ()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for name, text in {"told": "", "answer": "", "code": "0"}.items():
        (tmp_path / name).write_text(text)
    tools = tmp_path / "bin"
    tools.mkdir()
    socat = SOCAT.format_map({name: tmp_path / name for name in ("told", "answer", "code")})
    # The real one would end what a busy computer has not even started.
    for name, text in {"socat": socat, "timeout": '#!/bin/sh\nshift\nexec "$@"\n'}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(script: str) -> int:
        path = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        return subprocess.run(["/bin/sh", "-c", script], env=path, timeout=20).returncode

    return run


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setattr("colonnade.components.admin_socket.FOLDER", str(tmp_path / "drained"))
    members = (Member("app1-1", 8001, 100, tls=True), Member("app1-2", 8002, 100, tls=False))
    return Backend("app-web", members, "/run/none.sock", str(tmp_path / "drained/endpoints"))


def test_out_is_told_and_written_down_once_however_often(shell: Shell, backend: Backend, tmp_path: Path) -> None:
    assert shell(backend.is_out) != 0
    assert shell(backend.out) == 0
    assert shell(backend.out) == 0
    assert shell(backend.is_out) == 0
    version, *lines = Path(backend.file).read_text().splitlines()
    assert version == "1"
    assert lines == [
        "0 app-web 0 app1-1 - 2 8 100 100 0 6 3 4 6 0 0 0 - 8001 - 1 0 - - 0",
        "0 app-web 0 app1-2 - 2 8 100 100 0 6 3 4 6 0 0 0 - 8002 - 0 0 - - 0",
    ]
    assert (
        "set server app-web/app1-1 state drain; set server app-web/app1-2 state drain"
        in (tmp_path / "told").read_text()
    )


def test_back_leaves_others_out(shell: Shell, backend: Backend) -> None:
    other = replace(backend, members=(Member("app1-11", 8011, 100, tls=True),))
    for script in (backend.out, other.out, backend.back, backend.back):
        assert shell(script) == 0
    assert shell(backend.is_out) != 0
    assert shell(other.is_out) == 0
    assert len(Path(backend.file).read_text().splitlines()) == 2


def test_one_that_does_not_run_finds_it_in_the_file(shell: Shell, backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "code").write_text("1")
    assert shell(backend.out) == 0
    assert shell(backend.is_out) == 0


@pytest.mark.parametrize(("answer", "code"), [("No such server.\n", "0"), ("", "124")])
def test_one_that_refuses_or_hangs_is_a_failure(
    shell: Shell, backend: Backend, tmp_path: Path, answer: str, code: str
) -> None:
    (tmp_path / "answer").write_text(answer)
    (tmp_path / "code").write_text(code)
    assert shell(backend.out) != 0


@pytest.mark.parametrize(("current", "status"), [("0", 0), ("3", 1)])
def test_empty_counts_only_its_own_requests(
    shell: Shell, backend: Backend, tmp_path: Path, current: str, status: int
) -> None:
    rows = f"# pxname,svname,qcur,qmax,scur\napp-web,app1-1,0,0,0\napp-web,app1-2,0,0,{current}\napp-web,app2-1,0,0,9\n"
    (tmp_path / "answer").write_text(rows)
    assert shell(backend.empty) == status


def test_one_that_hangs_is_not_taken_for_empty(shell: Shell, backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "code").write_text("124")
    assert shell(backend.empty) != 0
    (tmp_path / "code").write_text("1")
    assert shell(backend.empty) == 0


SYSTEMD = """#!/bin/sh
case $1 in is-active) test -e {armed};; *) rm -f {armed};; esac
"""


def test_whoever_takes_out_for_a_while_leaves_it_to_nobody(shell: Shell, tmp_path: Path) -> None:
    armed, out = tmp_path / "armed", tmp_path / "out"
    for name, text in {"systemctl": SYSTEMD.format(armed=armed), "systemd-run": f"#!/bin/sh\ntouch {armed}\n"}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    drain = Drain("app", "app1", "web1", f"touch {out}", f"rm {out}", "true", f"test -e {out}")
    # The undoing's script stands in /run on a server.
    here = taking_out(drain, 60).replace("/run/", f"{tmp_path}/")
    assert shell(here) == 0
    assert (armed.exists(), out.exists()) == (True, True)
    assert shell(kept_out(drain)) != 0
    assert shell(bringing_back(drain)) == 0
    assert (armed.exists(), out.exists()) == (False, False)


def test_what_an_operator_took_out_stays_out(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMD.format(armed=tmp_path / "armed"))
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    drain = Drain("app", "app1", "web1", f"touch {out}", f"rm {out}", "true", f"test -e {out}")
    assert shell(taking_out(drain, None)) == 0
    assert shell(kept_out(drain)) == 0


def test_a_balancer_that_is_kept_out_fails_its_own_check() -> None:
    text = file_of(designed("guestbook"), "lb1", CHECK)
    layout = designed("guestbook").layout
    (drain,) = drains_of(layout, example("guestbook").by_name["lb1"])
    assert drain.is_out.removeprefix("test ") in text
