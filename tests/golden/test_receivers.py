"""Debian's Alertmanager with the files of a monitor, on loopback: what reaches a real mailbox and a real webhook."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from colonnade.components.alertmanager import CONFIG
from colonnade.components.alertmanager.options import AlertsOptions, SmtpTable
from colonnade.components.alertmanager.routing import TEMPLATES
from colonnade.model.resources import File
from tests.golden.test_accepted import root as root  # the image
from tests.lab.receivers import Received, receiving
from tests.sites import design_of, example, with_options

pytestmark = pytest.mark.lab

# On this computer's network, so that loopback is where the receivers are.
CONTAINER = ("systemd-nspawn", "--quiet", "--volatile=overlay", "--pipe", "--as-pid2", "--register=no", "--keep-unit")
PORT, SMTP, HTTP = 19093, 12525, 18125
OPTIONS = AlertsOptions(
    email=("ops@example.com",),
    smtp=SmtpTable(host=f"127.0.0.1:{SMTP}", sender="alerts@example.com", starttls=False),
    webhook=(f"http://127.0.0.1:{HTTP}/alerts",),
)
# Half a minute of patience is for users; the rest of the file is theirs to the byte.
QUICK = (("group_wait: 15s", "group_wait: 3s"), ("group_interval: 1m", "group_interval: 2s"))
LOST = {"alertname": "ServerDown", "severity": "critical", "tier": "server", "server": "db1"}
STOPPED = {"alertname": "UnitDown", "severity": "warning", "tier": "server", "server": "db1", "name": "etcd.service"}
THIN = {"alertname": "TierAtMinimum", "severity": "warning", "tier": "etcd"}
MOVED = {"alertname": "PrimaryChanged", "severity": "info", "tier": "database", "server": "db2"}
ELSEWHERE = {"alertname": "DiskFull", "severity": "critical", "tier": "server", "server": "app1"}


@pytest.fixture(scope="module")
def received(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Received]:
    folder = tmp_path_factory.mktemp("alertmanager")
    files = {f.path: f.content for _, f in design_of(with_options(example("trio"), OPTIONS)).servers["a"].all(File)}
    (folder / "colonnade.tmpl").write_text(files[TEMPLATES])
    text = files[CONFIG].replace(TEMPLATES, str(folder / "colonnade.tmpl"))
    for slow, quick in QUICK:
        assert slow in text
        text = text.replace(slow, quick)
    (folder / "alertmanager.yml").write_text(text)
    words = [*CONTAINER, f"--bind={folder}", "-D", str(root), "prometheus-alertmanager", "--cluster.listen-address="]
    words += [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data"]
    words += [f"--web.listen-address=127.0.0.1:{PORT}"]
    with receiving("127.0.0.1", SMTP, HTTP) as seen, (folder / "log").open("w") as log:
        daemon = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            await_ready()
            yield seen
        finally:
            daemon.terminate()
            daemon.wait(10)


def await_ready() -> None:
    for _ in range(200):
        try:
            urlopen(f"http://127.0.0.1:{PORT}/-/ready", timeout=1).close()
        except (URLError, OSError):
            sleep(0.1)
        else:
            return
    pytest.fail("Alertmanager does not answer")


def post(*alerts: dict[str, str], over: bool = False) -> None:
    """As Prometheus does: it starts now, or ended just now.

    One that started longer than group_wait ago would be sent at once, whatever would silence it a moment later
    (github.com/prometheus/alertmanager/issues/4064).
    """
    now = datetime.now(UTC)
    times = {"startsAt": now.isoformat()}
    if over:
        times = {
            "startsAt": (now - timedelta(seconds=60)).isoformat(),
            "endsAt": (now - timedelta(seconds=1)).isoformat(),
        }
    notes = {"summary": "", "description": "It happened.", "runbook_url": "docs/runbooks/It.md"}
    body = [
        {
            "labels": {"site": "trio", **labels},
            "annotations": {**notes, "summary": f"{labels['alertname']} of {labels.get('server', labels['tier'])}"},
            **times,
        }
        for labels in alerts
    ]
    headers = {"Content-Type": "application/json"}
    urlopen(Request(f"http://127.0.0.1:{PORT}/api/v2/alerts", json.dumps(body).encode(), headers), timeout=5).close()


def test_a_lost_server_and_what_follows_from_it_is_one_message(received: Received) -> None:
    post(STOPPED, THIN, MOVED)
    post(LOST)
    received.await_all(lambda seen: bool(seen.mails and seen.posts), 30)
    sleep(6)
    assert received.subjects() == ["[trio] ServerDown of db1"]
    assert received.alerts("firing") == [("ServerDown", "db1")]
    text = received.text_of("[trio] ServerDown of db1")
    assert "It happened." in text
    assert "docs/runbooks/It.md" in text
    assert "critical, since 20" in text


def test_what_is_wrong_elsewhere_is_told_while_a_server_is_lost(received: Received) -> None:
    post(LOST, ELSEWHERE)
    received.await_all(lambda seen: len(seen.mails) > 1, 30)
    assert received.subjects()[1:] == ["[trio] DiskFull of app1"]


def test_its_return_is_one_message_too(received: Received) -> None:
    post(LOST, ELSEWHERE, STOPPED, THIN, over=True)
    received.await_all(lambda seen: len(seen.mails) > 3, 30)
    sleep(4)
    assert sorted(received.subjects()[2:]) == ["[trio] over: DiskFull of app1", "[trio] over: ServerDown of db1"]
    assert sorted(received.alerts("resolved")) == [("DiskFull", "app1"), ("ServerDown", "db1")]


def test_servers_lost_together_are_one_message(received: Received) -> None:
    before = len(received.mails)
    post(*({**LOST, "server": f"web{number}"} for number in range(1, 6)))
    received.await_all(lambda seen: len(seen.mails) > before, 30)
    sleep(3)
    (subject,) = received.subjects()[before:]
    assert subject.startswith("[trio] ServerDown of web1; ServerDown of web2; ServerDown of web3; and more")
    assert received.text_of(subject).count("It happened.") == 5
