"""What one request costs the load generator, against an HAProxy that answers by itself, over TLS on this computer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.row import Row, at_most, skipped
from colonnade.cli.lab import packages
from colonnade.cli.session import open_session
from colonnade.components.tls.leaf import issue
from colonnade.drill.history import Operation, Result
from colonnade.drill.load import Load, Stream, Summary
from colonnade.drill.load.headroom import USUAL
from colonnade.drill.load.wire import load_line, read_line
from colonnade.errors import UserError
from colonnade.lab import image
from colonnade.model.layout import Certificate

PORT = 18450
DOMAIN = "load.test"
SECONDS = 4.0
# One core must carry 5,000 requests a second: so much of its time has each.
MICROSECONDS = 200
LATE = 1000 * USUAL
CFG = """
global
    maxconn 4000
defaults
    mode http
    timeout client 30s
    timeout connect 1s
    timeout server 1s
frontend https
    bind 127.0.0.1:{port} ssl crt {folder}/server.pem alpn h2,http/1.1
    http-request return status 200 content-type text/plain string "ok"
"""


@dataclass(frozen=True)
class Made:
    """One run of the load generator."""

    summary: Summary
    results: Counter[Result]

    @property
    def microseconds(self) -> float:
        """Processor time of the client's process for each request."""
        return 1e6 * self.summary.cpu / self.summary.sent


def loaded(spec: Path) -> Iterable[Row]:
    try:
        with _haproxy(spec) as ca_cert:
            kept = _make(ca_cert, Stream(kind="http.get", rate=5000, timeout=2))
            yield at_most(
                "load: HTTP/1.1, 5,000 a second", kept.microseconds, MICROSECONDS, "µs", 0, "of processor each"
            )
            yield at_most("  its lateness at p99", kept.summary.late_p99 * 1000, LATE, "ms", 0, _failures(kept))
            for name, stream in OTHERS.items():
                made = _make(ca_cert, stream)
                late = f"late by {made.summary.late_p99 * 1000:.0f} ms at p99"
                yield Row(f"  {name}", f"{made.microseconds:.0f} µs, {late}, {_failures(made)}")
    except UserError as error:
        yield skipped("what the load costs its generator", f"{error.problem}; try: {error.hint}")


OTHERS = {
    "HTTP/2, 1,000 a second": Stream(kind="http.get", rate=1000, protocol="h2"),
    "HTTP/1.1, 200 new connections a second": Stream(kind="http.get", rate=200, connection="new"),
    "HTTP/2, 200 new connections a second": Stream(kind="http.get", rate=200, connection="new", protocol="h2"),
    "POST with a UUID, 1,000 a second": Stream(
        kind="http.post", method="POST", rate=1000, body_template='{"key": "{key}"}', capture="key"
    ),
}


def _make(ca_cert: str, stream: Stream) -> Made:
    load = Load(
        domain=DOMAIN,
        addresses=("127.0.0.1",),
        ca_cert=ca_cert,
        origin=time.monotonic(),
        streams=(stream,),
        seconds=SECONDS,
        port=PORT,
    )
    command = [sys.executable, "-m", "colonnade.drill.load"]
    lines = subprocess.run(command, input=load_line(load), stdout=subprocess.PIPE, check=True).stdout.splitlines()
    read = [read_line(line) for line in lines]
    summary = [each for each in read if isinstance(each, Summary)][-1]
    return Made(summary, Counter(each.result for each in read if isinstance(each, Operation)))


def _failures(made: Made) -> str:
    return f"{made.summary.sent - made.results[Result.OK]} of {made.summary.sent} failed"


@contextmanager
def _haproxy(spec: Path) -> Iterator[str]:
    """Runs it from the lab's image; the certificate of the CA that it is to be checked with."""
    session = open_session(spec, "lab")
    root = image.CACHE / image.key(packages(session))
    if os.geteuid() != 0:
        raise UserError("load", "needs root, to start HAProxy from the lab's image", "run it with sudo")
    if not root.is_dir():
        raise UserError("load", "the lab's image is not there", "colonnade lab up makes it")
    with tempfile.TemporaryDirectory(prefix="colonnade-bench-") as name:
        leaf = issue(session.vault, Certificate("haproxy", "lb", "/", "root", "root", (DOMAIN,), DOMAIN))
        folder = Path(name)
        (folder / "server.pem").write_text(leaf.certificate + leaf.key)
        (folder / "load.cfg").write_text(CFG.format(folder=folder, port=PORT))
        with _running(root, folder):
            yield session.vault.ca_cert


@contextmanager
def _running(root: Path, folder: Path) -> Iterator[None]:
    command = [
        *("systemd-nspawn", "--quiet", f"--directory={root}", "--volatile=overlay", f"--bind-ro={folder}"),
        *("--machine=colonnade-load", "--register=no", "--keep-unit", "--as-pid2", "--console=pipe"),
        *("--resolv-conf=off", "--timezone=off", "haproxy", "-db", "-f", f"{folder}/load.cfg"),
    ]
    # systemd-nspawn would filter every system call; on a server nobody does.
    environment = {**os.environ, "SYSTEMD_SECCOMP": "0"}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        # As the load generator does it for itself: whatever else this computer does then disturbs neither.
        os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(1))
        try:
            if not _listens(process):
                log.seek(0)
                raise UserError("load", "HAProxy did not start", "read what it says", detail=log.read())
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _listens(process: subprocess.Popen[bytes]) -> bool:
    """Whether it listens within ten seconds."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False
