"""A small lab for tests of the machines themselves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from colonnade import lab

PACKAGES = ("nginx",)
SITE = "labtest"


def make_spec(state: Path, *names: str) -> lab.LabSpec:
    machines = tuple((name, f"10.76.201.{10 + rank}") for rank, name in enumerate(names))
    return lab.LabSpec(SITE, "cn-labtest", "10.76.201.1", machines, PACKAGES, state)


def ssh(spec: lab.LabSpec, name: str, command: str, seconds: float = 5) -> str:
    """What the command printed on the machine. Raises OSError, asyncssh.Error or TimeoutError when unreachable."""
    return asyncio.run(asyncio.wait_for(_ssh(spec, dict(spec.machines)[name], command), seconds))


async def _ssh(spec: lab.LabSpec, address: str, command: str) -> str:
    access = {"username": "root", "client_keys": [str(spec.key)], "known_hosts": str(spec.known_hosts)}
    async with asyncssh.connect(address, config=None, agent_path=None, **access) as connection:
        done = await connection.run(command)
    return str(done.stdout).strip()


def unreachable(action: Callable[[], object]) -> bool:
    try:
        action()
    except (OSError, asyncssh.Error, TimeoutError):
        return True
    return False


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabSpec]:
    """Two machines, up; gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("the lab needs root")
    spec = make_spec(tmp_path_factory.mktemp("state"), "one", "two")
    lab.down(spec)
    try:
        lab.up(spec, print)
        yield spec
    finally:
        lab.down(spec)
