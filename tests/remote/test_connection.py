"""What a login costs before it begins."""

from __future__ import annotations

import subprocess
import sys

NO_PROCESSES = """
import subprocess

def refuse(*words, **options):
    raise RuntimeError(f"started {words}")

subprocess.Popen = refuse
import colonnade.remote.connection
"""


def test_loading_it_starts_no_other_program() -> None:
    done = subprocess.run([sys.executable, "-c", NO_PROCESSES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
