"""The examples' rendered files are the ones that somebody has read."""

from __future__ import annotations

import re

import pytest

from tests.golden.rendering import COMMAND, difference, rendered, stored
from tests.sites import NAMES, ROOT


@pytest.mark.parametrize("name", NAMES)
def test_files_are_the_reviewed_ones(name: str) -> None:
    changes = difference(stored(name), rendered(name))
    if changes:
        pytest.fail(f"{changes}\n\nIf this is what you want: {COMMAND}, and read git diff.", pytrace=False)


@pytest.mark.parametrize("name", NAMES)
def test_files_tell_nothing_of_this_computer(name: str) -> None:
    for path, text in stored(name).items():
        assert str(ROOT) not in text, path
        assert "PRIVATE KEY" not in text, path


@pytest.mark.parametrize("name", NAMES)
def test_haproxy_gives_up_what_a_lost_server_does_not_acknowledge(name: str) -> None:
    """HAProxy 3.0 takes tcp-ut from a server's own line alone: from default-server it is lost without a word."""
    for path, text in stored(name).items():
        if path.endswith("haproxy.cfg"):
            # Nothing is sent to the neighbours.
            serving = re.sub(r"^backend neighbours\n(.+\n)+", "", text, flags=re.MULTILINE)
            lines = [line.split() for line in serving.splitlines()]
            assert not any(line[:1] == ["default-server"] and "tcp-ut" in line for line in lines), path
            assert all("tcp-ut" in line for line in lines if line[:1] == ["server"]), path


def test_every_server_has_a_folder() -> None:
    folders = {path.partition("/")[0] for path in rendered("guestbook")}
    assert {"all", "lb1+lb2", "web1", "app1+app2", "db2", "mon1"} <= folders


def test_a_change_shows_as_a_diff() -> None:
    before = {"lb1/etc/hosts": "one\ntwo\n", "lb1/etc/gone": "old\n", "lb1/same": "same\n"}
    after = {"lb1/etc/hosts": "one\nthree\n", "lb1/etc/new": "new\n", "lb1/same": "same\n"}
    assert difference(before, after).splitlines() == [
        *("--- lb1/etc/gone", "+++ not there", "@@ -1 +0,0 @@", "-old"),
        *("--- lb1/etc/hosts", "+++ lb1/etc/hosts", "@@ -1,2 +1,2 @@", " one", "-two", "+three"),
        *("--- not there", "+++ lb1/etc/new", "@@ -0,0 +1 @@", "+new"),
    ]


@pytest.mark.parametrize(("before", "after"), [({"a": "text"}, {"a": "text\n"}), ({"a": ""}, {})])
def test_a_change_without_a_changed_line_shows_too(before: dict[str, str], after: dict[str, str]) -> None:
    assert difference(before, after)
    assert not difference(before, before)
