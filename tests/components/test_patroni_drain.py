"""A drained database server: the folder that Patroni reads, and that Patroni is waited for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from colonnade.apply.draining import drains_of
from colonnade.components.patroni import CONFIG, DROP_IN
from colonnade.components.patroni.draining import DRAINED, FOLDER, HEED, LINK
from colonnade.model.drain import Drain
from colonnade.model.resources import File
from tests.sites import NAMES, designed

Shell = Callable[[str], tuple[int, str]]
TAGGED, PLAIN = '{"tags": {"clonefrom": true, "nofailover": true}}', '{"tags": {"clonefrom": true}}'
# Patroni, as far as it is asked: told to reload it goes by the link, unless it is deaf.
SYSTEMCTL = """#!/bin/sh
case "$*" in
*reload*) [ -e {root}/deaf ] || if [ -e {root}{link} ]; then echo '{tagged}'; else echo '{plain}'; fi >{root}/says ;;
*) test -e {root}/active ;;
esac
"""


def content(path: str) -> str:
    return next(file.content for _, file in designed("guestbook").servers["db2"].all(File) if file.path == path)


def drain() -> Drain:
    layout = designed("guestbook").layout
    (found,) = (drain for drain in drains_of(layout, layout.site.by_name["db2"]) if drain.on == "db2")
    return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A server whose files are below a folder."""
    (tmp_path / FOLDER[1:]).mkdir(parents=True)
    for path in (DRAINED, HEED):
        (tmp_path / path[1:]).write_text(content(path).replace("/etc/", f"{tmp_path}/etc/"))
        (tmp_path / path[1:]).chmod(0o755)
    tools = tmp_path / "bin"
    tools.mkdir()
    systemctl = SYSTEMCTL.format(root=tmp_path, link=LINK, tagged=TAGGED, plain=PLAIN)
    # Ten seconds at each look.
    date = f"#!/bin/sh\necho x >>{tmp_path}/clock; echo $(($(wc -l <{tmp_path}/clock) * 10))\n"
    programs = {"systemctl": systemctl, "curl": f"#!/bin/sh\ncat {tmp_path}/says\n", "date": date}
    for name, text in programs.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    for name, text in {"active": "", "says": PLAIN}.items():
        (tmp_path / name).write_text(text)

    def run(script: str) -> tuple[int, str]:
        words = ["/bin/sh", "-c", script.replace("/etc/", f"{tmp_path}/etc/")]
        path = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        done = subprocess.run(words, env=path, capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout

    return run


def test_patroni_reads_the_folder_and_both_of_its_links() -> None:
    assert f"ExecStart=/usr/bin/patroni {FOLDER}\n" in content(DROP_IN)
    assert f"ln -sfn {CONFIG} {FOLDER}/config.yml\n" in content(DROP_IN)
    # Later ones add to the first, in the order of their names.
    assert Path(LINK).parent == Path(FOLDER)
    assert Path(LINK).name > "config.yml"
    assert yaml.safe_load(content(DRAINED)) == {"tags": {"nofailover": True}}


@pytest.mark.parametrize("name", NAMES)
def test_an_apply_knows_nothing_of_the_link(name: str) -> None:
    for server in designed(name).servers.values():
        assert not [file.path for _, file in server.all(File) if file.path.startswith(FOLDER)]


def test_out_until_it_is_brought_back(shell: Shell, tmp_path: Path) -> None:
    assert shell(drain().is_out)[0] != 0
    for _ in range(2):
        assert shell(drain().out) == (0, "")
        assert (tmp_path / "says").read_text().strip() == TAGGED
    assert shell(drain().is_out)[0] == 0
    for _ in range(2):
        assert shell(drain().back) == (0, "")
        assert (tmp_path / "says").read_text().strip() == PLAIN
    assert shell(drain().is_out)[0] != 0


def test_one_that_does_not_run_reads_it_when_it_starts(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "active").unlink()
    (tmp_path / "deaf").touch()
    assert shell(drain().out) == (0, "")
    assert shell(drain().is_out)[0] == 0


def test_one_that_does_not_heed_it_is_a_failure(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "deaf").touch()
    status, said = shell(drain().out)
    assert (status, said.count("restart it")) == (1, 1)


def test_one_that_has_left_the_site_is_brought_back_too(shell: Shell, tmp_path: Path) -> None:
    """A lease that ends later than the server's leave."""
    assert shell(drain().out)[0] == 0
    (tmp_path / HEED[1:]).unlink()
    assert shell(drain().back) == (0, "")
    assert not (tmp_path / LINK[1:]).is_symlink()
