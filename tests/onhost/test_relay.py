"""The relay as it travels: one process, many connections, ended by its operator's end."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade.onhost.relay import CLOSE, DATA, HEADER, OPEN, READY, frame, frames
from colonnade.remote.agent import COMMAND, payload

pytestmark = pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="Debian's own python3 is not here")


class Process:
    """A relay, spoken to in frames."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(["sh", "-c", f"exec {COMMAND}"], stdin=pipe, stdout=pipe, stderr=pipe)
        self.send(payload("relay", {"target": target}))
        assert self.next() == (READY, 0, b"")

    def send(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def next(self) -> tuple[bytes, int, bytes]:
        assert self.process.stdout
        kind, channel, length = HEADER.unpack(self.process.stdout.read(HEADER.size))
        return kind, channel, self.process.stdout.read(length)

    def end(self) -> tuple[int, bytes]:
        _, error = self.process.communicate(timeout=10)
        return self.process.returncode, error


@pytest.fixture
def shouting() -> Iterator[tuple[str, int]]:
    """A server that answers in capitals, and hangs up after `bye`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()


def _serve(listening: socket.socket) -> None:
    while True:
        try:
            accepted, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_shout, args=(accepted,), daemon=True).start()


def _shout(accepted: socket.socket) -> None:
    with accepted:
        while (data := accepted.recv(1 << 16)) and data != b"bye":
            accepted.sendall(data.upper())


def test_channels_do_not_mix(shouting: tuple[str, int]) -> None:
    relay = Process(shouting)
    for channel in (1, 2, 3):
        relay.send(frame(OPEN, channel) + frame(DATA, channel, f"from {channel}".encode()))
    assert sorted(relay.next() for _ in range(3)) == [(DATA, n, f"FROM {n}".encode()) for n in (1, 2, 3)]
    assert relay.end() == (0, b"")


def test_a_hang_up_is_told_and_the_others_stay(shouting: tuple[str, int]) -> None:
    relay = Process(shouting)
    relay.send(frame(OPEN, 1) + frame(OPEN, 2) + frame(DATA, 1, b"bye"))
    assert relay.next() == (CLOSE, 1, b"")
    relay.send(frame(DATA, 1, b"too late") + frame(CLOSE, 1) + frame(DATA, 2, b"here"))
    assert relay.next() == (DATA, 2, b"HERE")
    assert relay.end() == (0, b"")


def test_a_refused_connection_is_a_closed_channel(tmp_path: Path) -> None:
    relay = Process(str(tmp_path / "nobody.sock"))
    relay.send(frame(OPEN, 7))
    assert relay.next() == (CLOSE, 7, b"")
    assert relay.end() == (0, b"")


def test_a_unix_socket_is_a_target_too(tmp_path: Path) -> None:
    path = str(tmp_path / "here.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        relay = Process(path)
        relay.send(frame(OPEN, 1) + frame(DATA, 1, b"x" * 300_000))
        got = b""
        while len(got) < 300_000:
            got += relay.next()[2]
        assert got == b"X" * 300_000
        assert relay.end() == (0, b"")


def test_it_ends_quietly_when_nobody_reads_any_more(shouting: tuple[str, int]) -> None:
    relay = Process(shouting)
    assert relay.process.stdout
    relay.process.stdout.close()
    relay.send(frame(OPEN, 1) + frame(DATA, 1, b"hello"))
    assert relay.process.wait(10) == 0
    assert relay.process.stderr
    assert relay.process.stderr.read() == b""


def test_frames_cut_anywhere_come_out_whole() -> None:
    told = [(OPEN, 1, b""), (DATA, 1, b"select 1"), (CLOSE, 4_000_000_000, b"")]
    wire = b"".join(frame(*each) for each in told)
    for cut in range(len(wire) + 1):
        buffer = bytearray(wire[:cut])
        found = frames(buffer)
        buffer += wire[cut:]
        assert found + frames(buffer) == told
        assert not buffer
