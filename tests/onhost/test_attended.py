"""A command lives as long as its reader."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colonnade.onhost import attended

SOURCE = Path(attended.__file__).read_text()


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Writes down what it is told, and ends the process that the test waits for."""
    told = tmp_path / "told"
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >>{told}\nkill "$(cat {tmp_path}/pid)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return told


def start(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", "-c", SOURCE, "some.service", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_input_output_and_status_are_the_commands_own(systemctl: Path) -> None:
    process = start("sh", "-c", "cat; exit 7")
    output, _ = process.communicate(b"hello")
    assert (output, process.returncode) == (b"hello", 7)
    assert not systemctl.exists()


def test_without_a_reader_the_unit_is_stopped(systemctl: Path, tmp_path: Path) -> None:
    process = start("sh", "-c", f"echo $$ >{tmp_path}/pid; exec sleep 60")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    assert process.stdout
    process.stdout.close()
    assert process.wait(10) != 0
    assert systemctl.read_text() == "stop some.service\n"
