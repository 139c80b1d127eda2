"""Maintenance: what stands in the balancers' configuration, and that the switch does it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from colonnade.components.admin_socket import FOLDER
from colonnade.components.haproxy import CONFIG, maintenance
from colonnade.model.resources import File
from colonnade.model.site import Role
from tests.sites import NAMES, designed

# Knows the file's apps as HAProxy would: `add acl`, `del acl`, `show acl`.
SOCAT = """#!/bin/sh
read -r verb _ file app
case $verb in
show) awk '{{ print "0x1 " $0 }}' {known} ;;
add) echo $app >>{known} ;;
del) grep -vx $app {known} >{known}.new; mv {known}.new {known} ;;
esac
"""


@pytest.mark.parametrize("name", NAMES)
def test_each_app_has_its_rule_and_its_page_on_every_balancer(name: str) -> None:
    design = designed(name)
    for server in design.layout.having(Role.LB):
        files = {file.path: file.content for _, file in design.servers[server.name].all(File)}
        for app in design.layout.site.apps:
            assert files[maintenance.page_path(app)]
            (rule,) = re.findall(rf" return status 503 .*{maintenance.page_path(app)} .*", files[CONFIG])
            assert f"if maintenance {{ var(txn.app) -m str {app.name} }}" in rule
            assert (f"!{{ path {app.health} }}" in rule) is (app.health != "/")
            assert "Retry-After" in rule


def test_a_page_fits_into_haproxys_buffer_and_asks_nobody_for_anything() -> None:
    app = designed("guestbook").layout.site.apps[0]
    page = maintenance.page(app)
    assert len(page.encode()) < 14_000
    assert "http" not in page
    assert "src=" not in page


def test_on_and_off_however_often(tmp_path: Path) -> None:
    tools, known, file = tmp_path / "bin", tmp_path / "known", tmp_path / "drained" / "maintenance"
    tools.mkdir()
    known.write_text("")
    for name, text in {"socat": SOCAT.format(known=known), "timeout": '#!/bin/sh\nshift\nexec "$@"\n'}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(script: str) -> None:
        for old, new in ((maintenance.FILE, str(file)), (FOLDER, str(file.parent))):
            script = script.replace(old, new)
        path = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        subprocess.run(["/bin/sh", "-c", script], env=path, timeout=20, check=True)

    for app in ("web", "web", "shop"):
        run(maintenance.turn_on(app, "/run/none.sock"))
    assert file.read_text().split() == known.read_text().split() == ["web", "shop"]
    for _ in range(2):
        run(maintenance.turn_off("web", "/run/none.sock"))
    assert file.read_text().split() == known.read_text().split() == ["shop"]
