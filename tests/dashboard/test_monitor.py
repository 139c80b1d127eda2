"""The page of a monitor as it runs there: over TLS, behind a login, fed by a Prometheus that wants a certificate."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import parse_qs, urlsplit

import pytest

from colonnade.components.dashboard import settings
from colonnade.components.tls.leaf import issue
from colonnade.dashboard.metrics import NOW
from colonnade.design import lay_out
from colonnade.model.layout import Certificate
from colonnade.model.vault import Vault
from colonnade.spec.authority import authority
from tests.components.test_dashboard import HOST, OPTIONS, unpacked
from tests.dashboard.test_metrics import answers
from tests.sites import example, measured, with_options

PATIENCE = 20.0


@dataclass
class Monitor:
    port: int
    context: ssl.SSLContext
    prometheus: Prometheus

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=10)
        connection.request(method, path, body, {"Host": HOST, **headers})
        return connection.getresponse()

    def log_in(self) -> dict[str, str]:
        answer = self.ask("POST", "/login", "name=ada&password=correct+horse")
        assert answer.status == 303
        return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}

    def await_page(self, word: str, cookie: dict[str, str]) -> str:
        deadline = monotonic() + PATIENCE
        while word not in (text := self.ask("GET", "/", **cookie).read().decode()):
            assert monotonic() < deadline, f"no {word!r} in {text}"
            sleep(0.3)
        return text


class Prometheus:
    """Answers from `told`, to whoever shows a certificate of the site."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.told = answers()
        self.shown: list[str] = []
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    def start(self) -> int:
        async def listen() -> asyncio.Server:
            return await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._context)

        self._server = self._loop.run_until_complete(listen())
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        certificate = writer.get_extra_info("peercert")
        self.shown.append(dict(pair[0] for pair in certificate["subject"])["commonName"])
        parts = urlsplit(head.split()[1])
        promql = parse_qs(parts.query).get("query", [""])[0]
        name = next((key for key, told in NOW.items() if told == promql), "")
        result = [
            {"metric": dict(each.labels), "value": [each.values[-1][0], str(each.value)]}
            for each in self.told.get(name) or ()
        ]
        data = {"alerts": []} if parts.path == "/api/v1/alerts" else {"resultType": "vector", "result": result}
        body = json.dumps({"status": "success", "data": data}).encode()
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)
        writer.close()


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    with running(tmp_path_factory.mktemp("monitor")) as found:
        yield found


@contextmanager
def running(folder: Path) -> Iterator[Monitor]:
    now = datetime.now(UTC)
    key, ca = authority("golden", now)
    vault = Vault(bytes(32), key, ca, now, values=(("DASHBOARD_ADA", "correct horse"),))
    (folder / "ca.crt").write_text(ca)
    prometheus = Prometheus(context(folder, vault, "prometheus", ssl.PROTOCOL_TLS_SERVER))
    port, at = free_port(), prometheus.start()
    context(folder, vault, "dashboard", ssl.PROTOCOL_TLS_SERVER)
    file = folder / "settings.json"
    file.write_text(json.dumps(told(folder, vault, port, at)))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "colonnade.dashboard.monitor", str(file)],
        env={**os.environ, "PYTHONPATH": str(unpacked(folder / "lib"))},
    )
    client = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    client.check_hostname = False
    try:
        found = Monitor(port, client, prometheus)
        await_port(port, process)
        yield found
    finally:
        process.terminate()
        process.wait(10)
        prometheus.stop()


def told(folder: Path, vault: Vault, port: int, prometheus: int) -> dict[str, object]:
    """The design's own settings, but for what differs on this computer."""
    site = with_options(example("guestbook"), OPTIONS)
    whole: dict[str, object] = json.loads(settings(lay_out(site, vault, measured(site)), site.by_name["mon1"]))
    names = {"certificate": "dashboard.crt", "key": "dashboard.key", "ca": "ca.crt"}
    tls = {what: str(folder / name) for what, name in names.items()}
    monitors = [{"name": "localhost", "address": "127.0.0.1", "port": prometheus}]
    return {**whole, "address": "127.0.0.1", "port": port, "tls": tls, "monitors": monitors}


def context(folder: Path, vault: Vault, name: str, protocol: int) -> ssl.SSLContext:
    """A leaf of the site's CA, and a server that asks for one."""
    wanted = Certificate(name, "mon1", str(folder), "root", "root", ("localhost", "127.0.0.1"), name)
    leaf = issue(vault, wanted)
    (folder / f"{name}.crt").write_text(leaf.certificate)
    (folder / f"{name}.key").write_text(leaf.key)
    made = ssl.SSLContext(protocol)
    made.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    made.load_verify_locations(folder / "ca.crt")
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + PATIENCE
    while True:
        assert process.poll() is None, "it ended"
        assert monotonic() < deadline, "it does not listen"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            sleep(0.1)


def test_only_a_user_sees_the_site(monitor: Monitor) -> None:
    assert monitor.ask("GET", "/healthz").read() == b"ok\n"
    assert monitor.ask("GET", "/").headers["location"] == "/login"
    assert monitor.ask("GET", "/events").status == 401
    text = monitor.await_page("Serving", monitor.log_in())
    assert "database primary" in text
    assert "Prometheus on localhost" in text


def test_it_shows_prometheus_its_certificate(monitor: Monitor) -> None:
    monitor.await_page("Serving", monitor.log_in())
    assert set(monitor.prometheus.shown) == {"dashboard"}


def test_it_follows_what_prometheus_tells_and_says_when_that_ends(monitor: Monitor) -> None:
    cookie = monitor.log_in()
    monitor.await_page("Serving", cookie)
    up = monitor.prometheus.told["up"]
    gone = {each.labels["server"]: each for each in up}["web1"]
    try:
        monitor.prometheus.told = answers(up=[each for each in up if each is not gone])
        assert "no monitor hears it" in monitor.await_page("web: 1 of 2 well", cookie)
        monitor.prometheus.told = answers(up=None)
        monitor.await_page("Unknown", cookie)
    finally:
        monitor.prometheus.told = answers()


def test_another_name_is_refused(monitor: Monitor) -> None:
    assert monitor.ask("GET", "/healthz", Host="guestbook.example.com").status == 421
