"""In the lab the operator's computer is the servers' as well."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

GIVE_WAY = """
import os
from types import SimpleNamespace as Told
from colonnade.cli.session import give_way
for _ in range(2):
    give_way(Told(loaded=Told(environment={environment!r})))
print(os.nice(0))
"""


@pytest.mark.parametrize(("environment", "niceness"), [("lab", 10), (None, 0), ("staging", 0)])
def test_visitors_come_before_the_operator_in_the_lab_alone(environment: str | None, niceness: int) -> None:
    program = GIVE_WAY.format(environment=environment)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == max(niceness, os.nice(0))
