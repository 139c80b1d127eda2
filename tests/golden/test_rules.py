"""Rules fire when they should, and only then: promtool plays the cases of tests/rules against the rules of an example.

The example that has every component and several monitors; promtool is the one of the servers' Debian.
"""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.golden.test_accepted import root as root  # the image
from tests.sites import ROOT, designed, file_of

pytestmark = pytest.mark.lab

CASES = sorted((ROOT / "tests/rules").glob("*.yml"))
RULES = "/etc/prometheus/rules/colonnade.yml"


@pytest.fixture(scope="module")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    (made / "rules.yml").write_text(file_of(designed("trio"), "a", RULES))
    for case in CASES:
        (made / case.name).write_text(case.read_text())
    return made


def promtool(root: Path, folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    # One static program: it runs here as it does there.
    words = [str(root / "usr/bin/promtool"), "test", "rules", name]
    return subprocess.run(words, cwd=folder, text=True, capture_output=True, timeout=60)


def test_every_case_passes(root: Path, folder: Path) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as several:
        played = several.map(partial(promtool, root, folder), (case.name for case in CASES))
        for case, done in zip(CASES, played, strict=True):
            assert done.returncode == 0, f"{case.stem}\n{done.stdout}{done.stderr}"


def test_a_rule_that_never_fires_fails_its_case(root: Path, folder: Path, tmp_path: Path) -> None:
    text = (folder / "rules.yml").read_text()
    (tmp_path / "rules.yml").write_text(text.replace("up == 0", "up == 2"))
    (tmp_path / "TargetDown.yml").write_text((folder / "TargetDown.yml").read_text())
    assert promtool(root, tmp_path, "TargetDown.yml").returncode != 0
