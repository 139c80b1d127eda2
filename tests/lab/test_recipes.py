"""The recipes on three servers: what their pages say is done, and the applications do their work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.conftest import standing
from tests.lab.curl import asked
from tests.lab.sites import COMMAND, LabSite, renamed
from tests.sites import ROOT

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(900)]
ALERT = {
    "resource": "web1",
    "event": "HttpError",
    "environment": "Production",
    "service": ["shop"],
    "severity": "major",
}
ACCOUNT = ("ara-manage", "createsuperuser", "--noinput", "--username", "ops", "--email", "ops@example.com")


@contextmanager
def recipe(name: str, folder: Path, **secrets: str) -> Iterator[LabSite]:
    shutil.copytree(ROOT / "docs/recipes" / name, folder / name, ignore=shutil.ignore_patterns(".colonnade", "*.age"))
    site = LabSite(folder / name / "colonnade.toml")
    renamed(site.spec)
    for key, value in secrets.items():
        words = [COMMAND, "secrets", "set", key, "-e", "lab"]
        subprocess.run(words, cwd=site.spec.parent, input=value, text=True, check=True, capture_output=True)
    with standing(site):
        yield site


def test_ara_shows_its_pages_and_lets_an_account_write(tmp_path: Path) -> None:
    host = "ara.example.com"
    with recipe("ara", tmp_path) as site:
        site.run("exec", "-e", "lab", "--", "env", "DJANGO_SUPERUSER_PASSWORD=only-here", *ACCOUNT)
        status, _, page = asked(site, host, "/")
        assert status == 200 and "ara" in page.lower()
        static = re.search(r'"(/static/[^"]+\.css)"', page)
        assert static and asked(site, host, static.group(1))[0] == 200
        entry = ("-H", "Content-Type: application/json", "-d", json.dumps({"name": "web1", "playbook": 1}))
        assert asked(site, host, "/api/v1/labels", *entry)[0] in (401, 403)
        label = ("-H", "Content-Type: application/json", "-u", "ops:only-here", "-d", '{"name": "night"}')
        assert asked(site, host, "/api/v1/labels", *label)[0] == 201
        assert "night" in asked(site, host, "/api/v1/labels")[2]


def test_alerta_keeps_an_alert_and_its_housekeeping_runs_once(tmp_path: Path) -> None:
    host, key = "alerta.example.com", "5f3c0d1e2b4a69788796a5b4c3d2e1f00f1e2d3c"
    with recipe("alerta", tmp_path, ADMIN_KEY=key) as site:
        made = ("sh", "-c", 'alertad key -u "$ADMIN_USERS" -K "$ADMIN_KEY"')
        site.run("exec", "-e", "lab", "--", *made)
        login = ("-H", f"Authorization: Key {key}")
        assert asked(site, host, "/alerts")[0] == 401
        sent = asked(site, host, "/alert", *login, "-H", "Content-Type: application/json", "-d", json.dumps(ALERT))
        assert sent[0] == 201
        assert "HttpError" in asked(site, host, "/alerts", *login)[2]
        done = site.run("run-once", "housekeeping", "-e", "lab")
        assert "200" in done.stdout
