"""One small site for all tests of this folder. Each of them ends with the servers that it began with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import standing
from tests.lab.sites import EXAMPLES, LabSite

SPEC = Path(__file__).with_name("colonnade.toml")


@pytest.fixture(scope="package")
def scaling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    folder = tmp_path_factory.mktemp("scaling")
    shutil.copytree(EXAMPLES / "guestbook", folder / "guestbook", ignore=shutil.ignore_patterns(".colonnade"))
    (folder / "site").mkdir()
    site = LabSite(folder / "site" / "colonnade.toml")
    shutil.copy(SPEC, site.spec)
    with standing(site):
        yield site
